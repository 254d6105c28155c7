import { useApp } from '../app/context';
import { format_time } from '../core/format';
import type { Connection } from '../core/ssh-api';
import { css_color } from '../core/ssh-list';
import { format_target } from '../core/ssh-target';
import { FolderIcon, MoreIcon } from '../ui/icons';
import { delete_connection, hang_up, open_files, open_on } from './actions';
import type { SshWindow } from './ssh-panel';

/** One connection: pressing it opens a terminal there. */
export function ConnectionRow({ connection, on_show }: { connection: Connection; on_show: (next: SshWindow) => void }) {
  const app = useApp();
  const { t } = app;
  const color = css_color(connection.color);
  const used = format_time(connection.last_connected, app.language.value);

  const menu = (button: HTMLElement): void => {
    const box = button.getBoundingClientRect();
    app.menus.show({ x: box.right, y: box.bottom }, t('ssh.menu', { title: connection.title }), [
      { label: t('ssh.open'), run: () => app.run(open_on(app, connection)) },
      { label: t('ssh.files'), run: () => open_files(app, connection.id) },
      { label: t('ssh.test'), run: () => on_show({ kind: 'test', connection }) },
      { label: t('forward.menu'), run: () => on_show({ kind: 'forwards', connection }) },
      { label: t('ssh.runbook'), run: () => on_show({ kind: 'runbook', connection }) },
      { label: t('ssh.edit'), run: () => on_show({ kind: 'edit', connection }) },
      { label: t('ssh.duplicate'), run: () => on_show({ kind: 'edit', connection: null, like: connection }) },
      { label: t('ssh.hang_up'), run: () => app.run(hang_up(app, connection)) },
      { label: t('common.delete'), run: () => app.run(delete_connection(app, connection)), tone: 'danger' },
    ], button);
  };

  return (
    <li class="connection">
      <span class="connection-color" style={color === null ? undefined : { background: color }} aria-hidden="true" />
      <button class="connection-open" title={t('ssh.open')} onClick={() => app.run(open_on(app, connection))}>
        <span class="connection-title">{connection.title}</span>
        <span class="connection-details">
          {[format_target(connection), used === null ? '' : t('ssh.used', { time: used })].filter((part) => part !== '').join(' · ')}
        </span>
        {connection.tags.length > 0 && (
          <span class="connection-tags">{connection.tags.map((tag) => <span key={tag} class="connection-tag">{tag}</span>)}</span>
        )}
      </button>
      <button class="icon-button" aria-label={t('ssh.files_of', { title: connection.title })} title={t('ssh.files')} onClick={() => open_files(app, connection.id)}>
        <FolderIcon />
      </button>
      <button class="icon-button" aria-haspopup="menu" aria-label={t('ssh.menu', { title: connection.title })} onClick={(event) => menu(event.currentTarget)}>
        <MoreIcon />
      </button>
    </li>
  );
}
