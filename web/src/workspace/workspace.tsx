import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { lazy } from '../app/lazy';
import { Mark, PlusIcon } from '../ui/icons';
import { open_terminal } from './actions';
import { AccessCards } from './access-cards';
import { ActivityPanel } from './activity-panel';
import { AskChip } from './ask-chip';
import { HistoryPanel } from './history-panel';
import { KeyBar } from './key-bar';
import { SearchBar } from './search-bar';
import { StatusBar } from './status-bar';
import { TabBar } from './tab-bar';
import { TerminalPane } from './terminal-pane';

const SshPanel = lazy(() => import('../ssh/ssh-panel').then((module) => module.SshPanel));
const FilesPanel = lazy(() => import('../files/files-panel').then((module) => module.FilesPanel));

/** Tabs above, the terminal, the status line below. It stays in the page under the settings, so that nothing reconnects. */
export function Workspace({ hidden }: { hidden: boolean }) {
  const app = useApp();
  const active = app.tabs.active.value;
  const host = app.hosts.opened.value.find((opened) => opened.id === active);
  return (
    <div class="workspace" hidden={hidden}>
      <TabBar />
      <main class="terminal-area">
        {app.hosts.opened.value.map((opened) => (
          <TerminalPane key={opened.id} host={opened} front={opened.id === active} shown={opened.id === active && !hidden} />
        ))}
        {active === null && app.sessions.loaded.value && <NoTerminal />}
        {host && app.searching.value && <SearchBar key={host.id} host={host} />}
        {host && <AskChip host={host} />}
        {app.drawer.value === 'activity' && <ActivityPanel host={host} />}
        {app.drawer.value === 'ssh' && !hidden && <SshPanel fallback={null} />}
        {app.drawer.value === 'files' && !hidden && <FilesPanel fallback={null} />}
        {!hidden && <AccessCards />}
        {app.history_open.value && !hidden && <HistoryPanel host={host} />}
        <div class="visually-hidden" role="status">{app.announcement.value}</div>
      </main>
      {host && <KeyBar host={host} />}
      <StatusBar host={host} />
    </div>
  );
}

function NoTerminal() {
  const app = useApp();
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <div class="centred no-terminal">
      <Mark size={28} />
      <h1>{app.t('empty.title')}</h1>
      <p>{app.t('empty.body')}</p>
      <button ref={button} class="button button-primary" onClick={() => app.run(open_terminal(app))}>
        <PlusIcon /> {app.t('tabs.new')}
      </button>
    </div>
  );
}
