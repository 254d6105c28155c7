import { batch, effect, untracked } from '@preact/signals';
import { fonts_ready } from '../terminal/fonts';
import { open_terminal, title_of } from '../workspace/actions';
import type { TerminalInfo } from '../core/api-types';
import { parse_route } from '../core/router';
import { ApiError } from '../core/rpc-client';
import type { App } from './context';
import { browser_clock } from './platform';
import { backoff_ms } from '../core/backoff';

/** Starts the program and keeps its parts in step with each other and with the browser. */
export function start(app: App): void {
  void fonts_ready();
  follow_sign_in(app);
  follow_sessions(app);
  follow_tabs(app);
  follow_connections(app);
  follow_browser(app);
  check_until_answered(app);
}

/** The first question to the server: may we work here? */
export function check_until_answered(app: App, attempt = 0): void {
  app.auth.check().catch(() => {
    browser_clock.set_timer(() => {
      if (app.auth.phase.value === 'unreachable') check_until_answered(app, attempt + 1);
    }, backoff_ms(attempt, () => Math.random()));
  });
}

function follow_sign_in(app: App): void {
  effect(() => {
    const phase = app.auth.phase.value;
    untracked(() => {
      if (phase === 'in') {
        app.run(enter(app));
        app.hosts.connect_all();
      } else if (phase === 'out') {
        app.feed.stop();
        app.agent_socket.stop();
        app.activity.stop();
      }
    });
  });
}

/** The list first, so that nothing is created while terminals are still unknown; then the events that follow it. */
async function enter(app: App): Promise<void> {
  const terminals = await list_terminals(app);
  if (app.auth.phase.value !== 'in') return;
  const first_time = !app.sessions.loaded.value;
  const route = app.route.value;
  batch(() => {
    app.sessions.replace_all(terminals);
    if (route.page === 'terminal') select_by_address(app, route.id);
  });
  app.feed.start();
  app.agent_socket.start();
  if (first_time && app.tabs.tabs.value.length === 0) await open_terminal(app);
}

/** Asks until there is an answer; a refusal is one. */
async function list_terminals(app: App): Promise<TerminalInfo[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await app.rpc.terminals();
    } catch (error) {
      if (!(error instanceof ApiError) || (!error.unreachable && error.status < 500)) throw error;
      await new Promise<void>((resolve) => browser_clock.set_timer(resolve, backoff_ms(attempt, () => Math.random())));
    }
  }
}

/** An address may say the id or the name. */
function select_by_address(app: App, wanted: string): void {
  const info = app.sessions.get(wanted) ?? app.tabs.tabs.value.find((tab) => tab.name === wanted);
  if (info) app.tabs.activate(info.id);
}

function follow_sessions(app: App): void {
  effect(() => {
    const sessions = app.sessions.sessions.value;
    untracked(() => {
      app.tabs.note_output();
      app.hosts.keep_only(new Set(sessions.keys()));
    });
  });
}

/** The tab in front has a host, the address shows it, and the window has its title. */
function follow_tabs(app: App): void {
  effect(() => {
    const active = app.tabs.active.value;
    const route = app.route.value;
    if (active === null || app.auth.phase.value !== 'in') return;
    untracked(() => {
      app.hosts.ensure(active);
      if (route.page === 'home' || (route.page === 'terminal' && route.id !== active)) {
        app.go({ page: 'terminal', id: active }, 'replace');
      }
    });
  });
  effect(() => {
    const id = app.tabs.active.value;
    const info = app.tabs.tabs.value.find((tab) => tab.id === id);
    document.title = info ? `${title_of(app, info)} — duotty` : 'duotty';
  });
}

/** The colours of tabs are those of their connections: fetched once one is seen that is not known. */
function follow_connections(app: App): void {
  const asked = new Set<string>();
  effect(() => {
    const wanted = app.tabs.tabs.value.map((tab) => tab.connection_id).filter((id) => id !== null && !asked.has(id));
    untracked(() => {
      const unknown = wanted.filter((id) => id !== null && !app.connections.get(id));
      for (const id of wanted) if (id !== null) asked.add(id);
      // Who may not see them does without the colours.
      if (unknown.length > 0) app.connections.reload().catch(() => undefined);
    });
  });
}

function follow_browser(app: App): void {
  const nudge = (): void => {
    app.hosts.nudge_all();
    app.feed.nudge();
    app.agent_socket.nudge();
    if (app.auth.phase.value === 'unreachable') check_until_answered(app);
  };
  window.addEventListener('online', nudge);
  window.addEventListener('focus', nudge);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') nudge();
  });
  window.addEventListener('popstate', () => {
    const route = parse_route(location.pathname);
    if (route.page === 'terminal') select_by_address(app, route.id);
    app.route.value = route;
  });
  window.addEventListener('storage', (event) => {
    if (event.key === 'duotty.prefs') app.prefs_store.reload();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
    app.system_dark.value = event.matches;
  });
  window.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    app.tell(event.reason);
  });
  // A part of the old bundle is gone: the server was upgraded while this page was open.
  window.addEventListener('vite:preloadError', (event) => {
    event.preventDefault();
    app.toasts.show(app.t('app.updated'), { action: { label: app.t('app.reload'), run: () => location.reload() } });
  });
  follow_keyboard_inset();
}

/** On phones the on-screen keyboard covers the page; the program keeps to what is left. */
function follow_keyboard_inset(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const update = (): void => {
    // Zoomed in with two fingers: the layout stays as it is.
    if (viewport.scale > 1.01) return;
    document.documentElement.style.setProperty('--viewport-height', `${Math.round(viewport.height)}px`);
    if (viewport.offsetTop > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', update);
  viewport.addEventListener('scroll', update);
  update();
}
