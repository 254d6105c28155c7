import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp, type DrawerName } from '../app/context';
import { by_program } from '../core/activity-feed';
import { AgentIcon, FolderIcon, Mark, PlusIcon, ServerIcon, SettingsIcon } from '../ui/icons';
import { close_terminal, focus_active, open_terminal } from './actions';
import { Tab } from './tab';
import { start_drag } from './tab-drag';

/** The terminals in a row. One tab stop for the keyboard; arrows move within it, Enter brings a terminal to the front. */
export function TabBar() {
  const app = useApp();
  const { t } = app;
  const list = useRef<HTMLDivElement>(null);
  const renaming = useSignal<string | null>(null);
  const focused = useSignal<string | null>(null);
  const tabs = app.tabs.tabs.value;
  const active = app.tabs.active.value;

  useEffect(() => {
    if (active === null) return;
    list.current?.querySelector(`[data-id="${CSS.escape(active)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [active, tabs.length]);

  const focus_tab = (id: string | undefined): void => {
    if (id === undefined) return;
    focused.value = id;
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] [role=tab]`)?.focus();
  };

  const on_key = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'tab') return;
    const at = tabs.findIndex((tab) => tab.id === (focused.value ?? active));
    const current = tabs[at];
    if (!current) return;
    const move = event.ctrlKey && !event.altKey && !event.metaKey;
    switch (event.key) {
      case 'ArrowRight':
      case 'ArrowLeft': {
        const step = event.key === 'ArrowRight' ? 1 : -1;
        if (move) {
          app.tabs.move(current.id, at + step);
          requestAnimationFrame(() => focus_tab(current.id));
        } else focus_tab(tabs[(at + step + tabs.length) % tabs.length]?.id);
        break;
      }
      case 'Home':
        focus_tab(tabs[0]?.id);
        break;
      case 'End':
        focus_tab(tabs.at(-1)?.id);
        break;
      case 'Delete':
        app.run(close_terminal(app, current.id));
        break;
      case 'F2':
        renaming.value = current.id;
        break;
      case 'Escape':
        focus_active(app);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const on_wheel = (event: WheelEvent): void => {
    if (list.current && event.deltaX === 0) list.current.scrollLeft += event.deltaY;
  };

  return (
    <header class="tab-bar">
      <span class="tab-bar-mark"><Mark size={18} /></span>
      {/* The close buttons stand between the tabs, where a tablist may hold nothing else: it owns the tabs from beside them. */}
      {tabs.length > 0 && <span role="tablist" aria-label={t('tabs.label')} aria-owns={tabs.map((tab) => `tab-${tab.id}`).join(' ')} />}
      <div ref={list} class="tab-list" onKeyDown={on_key} onWheel={on_wheel}>
        {tabs.map((info, index) => (
          <Tab
            key={info.id}
            info={info}
            index={index}
            count={tabs.length}
            front={info.id === active}
            tab_stop={info.id === (tabs.some((tab) => tab.id === focused.value) ? focused.value : active)}
            renaming={renaming.value === info.id}
            on_rename={(on) => (renaming.value = on ? info.id : null)}
            on_focus={() => (focused.value = info.id)}
            on_drag={(event) => {
              if (list.current) start_drag(event, list.current, info.id, (id, to) => app.tabs.move(id, to));
            }}
          />
        ))}
      </div>
      <button class="icon-button" aria-label={t('tabs.new')} title={hint(t('tabs.new'), app.prefs.value.alt_shortcuts && 'Alt+T')} onClick={() => app.run(open_terminal(app))}>
        <PlusIcon />
      </button>
      <span class="spacer" />
      <DrawerButton name="ssh" label={t('ssh.title')} keys="Alt+S"><ServerIcon /></DrawerButton>
      <FilesButton />
      <ActivityButton />
      <button
        class="icon-button"
        aria-label={t('tabs.settings')}
        title={hint(t('tabs.settings'), app.prefs.value.alt_shortcuts && 'Alt+,')}
        onClick={() => app.go({ page: 'settings', section: 'ai' })}
      >
        <SettingsIcon />
      </button>
    </header>
  );
}

/** Opens the list of what agents do; a dot while one of them is doing something. */
function ActivityButton() {
  const app = useApp();
  const busy = app.activity.activities.value.some((activity) => activity.running && by_program(activity));
  return <DrawerButton name="activity" label={app.t(busy ? 'activity.button_busy' : 'activity.button')} keys="Alt+A" busy={busy}><AgentIcon /></DrawerButton>;
}

/** A dot while something is on its way, by this page or by the server. */
function FilesButton() {
  const app = useApp();
  const busy = app.uploads_running.value + app.copies.running.value > 0;
  return <DrawerButton name="files" label={app.t(busy ? 'files.title_busy' : 'files.title')} keys="Alt+E" busy={busy}><FolderIcon /></DrawerButton>;
}

function DrawerButton({ name, label, keys, busy, children }: { name: DrawerName; label: string; keys: string; busy?: boolean; children: ComponentChildren }) {
  const app = useApp();
  return (
    <button
      class={busy ? 'icon-button activity-button-busy' : 'icon-button'}
      aria-label={label}
      aria-pressed={app.drawer.value === name}
      title={hint(label, app.prefs.value.alt_shortcuts && keys)}
      onClick={() => app.toggle_drawer(name)}
    >
      {children}
    </button>
  );
}

function hint(label: string, keys: string | false): string {
  return keys === false ? label : `${label} (${keys})`;
}
