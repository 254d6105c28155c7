import type { App } from '../app/context';
import type { Connection } from '../core/ssh-api';
import { focus_active, open_terminal } from '../workspace/actions';

/** What people do with a connection. */

/** A terminal on the host, in front. On a narrow window the list makes room for it. */
export async function open_on(app: App, connection: Connection): Promise<void> {
  const toast = app.toasts.show(app.t('ssh.connecting', { title: connection.title }));
  try {
    await app.links.attempt(connection.id, () => open_terminal(app, { type: 'ssh', connection_id: connection.id }));
  } finally {
    app.toasts.dismiss(toast);
  }
  if (matchMedia('(max-width: 900px)').matches) app.drawer.value = null;
  // Also when the field for the search had the focus: now the shell is what one types into.
  requestAnimationFrame(() => focus_active(app));
  await app.connections.reload();
}

export function open_files(app: App, id: string): void {
  app.wanted_place.value = id;
  app.drawer.value = 'files';
}

export async function hang_up(app: App, connection: Connection): Promise<void> {
  const was = await app.ssh.hang_up(connection.id);
  app.toasts.show(app.t(was ? 'ssh.hung_up' : 'ssh.was_not_up', { title: connection.title }));
}

export async function delete_connection(app: App, connection: Connection): Promise<void> {
  const sure = await app.dialogs.ask({
    title: app.t('ssh.delete_title', { title: connection.title }),
    body: app.t('ssh.delete_body'),
    confirm: app.t('common.delete'),
    tone: 'danger',
  });
  if (!sure) return;
  await app.ssh.remove(connection.id);
  await app.connections.reload();
}
