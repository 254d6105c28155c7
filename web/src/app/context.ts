import { computed, effect, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ActivityFeed } from '../core/activity-feed';
import { AgentSocket } from '../core/agent-socket';
import { AuthStore } from '../core/auth';
import { language_from, PrefsStore, type Language, type Prefs } from '../core/prefs';
import { format_route, parse_route, type Route } from '../core/router';
import { ConnectionStore } from '../core/connection-store';
import { Copies } from '../core/copies';
import { FilesApi } from '../core/files-api';
import { Declined, Links } from '../core/links';
import { ApiError, RpcClient } from '../core/rpc-client';
import { SshApi } from '../core/ssh-api';
import { SessionFeed } from '../core/session-feed';
import { SessionStore } from '../core/session-store';
import { TabStore } from '../core/tab-store';
import { TemporaryConnections } from '../core/temporary-connections';
import { TransfersApi } from '../core/transfers-api';
import { make_translate } from '../i18n/translate';
import type { HostServices } from '../terminal/host';
import { TerminalHosts } from '../terminal/hosts';
import { open_link, safe_link } from '../terminal/links';
import type { Appearance } from '../terminal/palettes';
import { copy_text } from '../ui/clipboard';
import { Dialogs } from '../ui/dialog';
import { Menus } from '../ui/menu';
import { Toasts } from '../ui/toast';
import { browser_name } from '../core/browser-name';
import { notice_end } from './notices';
import { browser_clock, browser_event_stream, browser_socket, browser_storage, browser_transport, is_mac, random_word } from './platform';

/** What stands at the right side of the terminal. */
export type DrawerName = 'activity' | 'ssh' | 'files';

/** Everything the components share, made once and wired here. */
export class App {
  readonly rpc = new RpcClient(browser_transport);
  readonly ssh = new SshApi(this.rpc);
  readonly files = new FilesApi(this.rpc);
  readonly transfers = new TransfersApi(this.rpc);
  readonly links = new Links(this.ssh);
  readonly connections = new ConnectionStore(this.ssh);
  readonly auth = new AuthStore(this.rpc);
  readonly prefs_store = new PrefsStore(browser_storage);
  readonly sessions = new SessionStore();
  readonly tabs = new TabStore(this.sessions, browser_storage, () => browser_clock.now());
  readonly toasts = new Toasts();
  readonly dialogs = new Dialogs();
  readonly menus = new Menus();
  readonly route = signal<Route>(parse_route(location.pathname));
  readonly searching = signal(false);
  readonly history_open = signal(false);
  readonly drawer = signal<DrawerName | null>(null);
  /** The connection whose files shall be shown, once the drawer is there; undefined: those that were shown last. */
  readonly wanted_place = signal<string | null | undefined>(undefined);
  /** Files that this page sends. */
  readonly uploads_running = signal(0);
  /** Said to those who cannot see it. */
  readonly announcement = signal('');
  readonly system_dark = signal(matchMedia('(prefers-color-scheme: dark)').matches);

  readonly prefs = computed<Prefs>(() => this.prefs_store.prefs.value);
  readonly language = computed<Language>(() => this.prefs.value.language ?? language_from(navigator.languages));
  readonly appearance = computed<Appearance>(() => {
    const theme = this.prefs.value.theme;
    if (theme !== 'system') return theme;
    return this.system_dark.value ? 'dark' : 'light';
  });
  readonly t = make_translate(this.language);

  readonly hosts = new TerminalHosts(
    this.host_services(),
    () => ({ prefs: this.prefs.value, appearance: this.appearance.value }),
    (host) => {
      host.on_news.on(() => this.tabs.mark_news(host.id));
      host.on_info.on((change) => {
        const info = this.sessions.get(host.id);
        if (info) this.sessions.upsert({ ...info, ...change });
      });
      host.on_command_ended.on((block) => notice_end(this, host, block));
      host.on_closed.on(() => this.sessions.remove(host.id));
      host.connect();
    },
  );

  readonly feed = new SessionFeed(
    this.sessions,
    browser_event_stream,
    browser_clock,
    () => Math.random(),
    () => this.auth.check(),
  );

  readonly agent_socket = new AgentSocket({
    clock: browser_clock,
    random: () => Math.random(),
    ticket: () => this.rpc.ws_ticket(),
    open_socket: browser_socket,
  });

  readonly activity = new ActivityFeed(this.agent_socket);
  readonly copies = new Copies(this.agent_socket, this.transfers, browser_storage);
  readonly temporary = new TemporaryConnections(this.sessions, (id) => this.forget_connection(id), browser_storage, () => browser_clock.now());

  constructor() {
    effect(() => {
      document.documentElement.dataset.theme = this.appearance.value;
      document.documentElement.lang = this.language.value === 'zh' ? 'zh-CN' : 'en';
    });
    effect(() => {
      // Reading both makes the effect depend on them.
      void [this.prefs.value, this.appearance.value];
      this.hosts.apply_look();
    });
  }

  /** Removes a stored connection; that it is gone already is fine. */
  async forget_connection(id: string): Promise<void> {
    try {
      await this.ssh.remove(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    await this.connections.reload();
  }

  /** Goes to another page; `replace` leaves no step to go back to. */
  go(route: Route, how: 'push' | 'replace' = 'push'): void {
    const path = format_route(route);
    if (path !== location.pathname) {
      if (how === 'push') history.pushState(null, '', path);
      else history.replaceState(null, '', path);
    }
    this.route.value = route;
  }

  /** Runs something that may fail and tells the person if it does. */
  run(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.tell(error));
  }

  tell(error: unknown): void {
    if (error instanceof Declined) return;
    // The sign-in page says enough about a 401.
    if (error instanceof ApiError && error.status === 401) return;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.unreachable) this.toasts.error(this.t('app.unreachable'));
    else if (error instanceof ApiError) this.toasts.error(message);
    else this.toasts.error(this.t('app.unexpected', { message }));
  }

  copy(text: string, quietly = false): void {
    void copy_text(text).then((done) => {
      if (!done) this.toasts.error(this.t('common.copy_failed'));
      else if (!quietly) this.toasts.show(this.t('common.copied'));
    });
  }

  toggle_drawer(name: DrawerName): void {
    this.drawer.value = this.drawer.value === name ? null : name;
  }

  announce(text: string): void {
    this.announcement.value = text;
  }

  private host_services(): HostServices {
    return {
      attach: {
        clock: browser_clock,
        random: () => Math.random(),
        ticket: () => this.rpc.ws_ticket(),
        open_socket: browser_socket,
        viewer_name: browser_name(navigator.userAgent),
      },
      input_token: random_word,
      link_hint: () => this.t('terminal.link_hint', { key: is_mac ? '⌘' : 'Ctrl' }),
      open_link: (event, uri) => this.follow(event, uri),
      confirm_paste: (text, lines) =>
        this.dialogs.ask({
          title: this.t('paste.title', { count: lines }),
          body: this.t('paste.body'),
          quote: text.length > 2000 ? `${text.slice(0, 2000)}…` : text,
          confirm: this.t('paste.confirm'),
        }),
      offer_clipboard: (text) =>
        this.toasts.show(this.t('terminal.clipboard_request', { count: text.length }), {
          action: { label: this.t('common.copy'), run: () => this.copy(text, true) },
        }),
      copy: (text) => this.copy(text, true),
      copy_on_select: () => this.prefs.value.copy_on_select,
      report: (problem) =>
        this.toasts.error(
          problem.kind === 'refused'
            ? this.t('terminal.refused', { message: problem.message })
            : this.t('terminal.input_lost'),
        ),
    };
  }

  /** With Ctrl or Cmd a click follows a link; a finger has no such key and is asked. */
  private follow(event: MouseEvent, uri: string): void {
    if (event.ctrlKey || event.metaKey) {
      open_link(uri);
      return;
    }
    const href = safe_link(uri);
    if (href === null || !matchMedia('(pointer: coarse)').matches) return;
    this.toasts.show(href, { action: { label: this.t('common.open'), run: () => open_link(href) } });
  }
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a component is used outside of the app');
  return app;
}
