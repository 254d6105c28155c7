import { effect } from '@preact/signals';
import type { App } from '../app/context';

/** Removes a connection once the terminals that were opened on it have all ended. */
export function forget_after_use(app: App, id: string): void {
  let used = false;
  const stop = effect(() => {
    const alive = [...app.sessions.sessions.value.values()].some((info) => info.connection_id === id && info.alive);
    used ||= alive;
    if (!used || alive) return;
    used = false;
    // The effect may run before `stop` is there.
    queueMicrotask(() => {
      stop();
      app.run(app.ssh.remove(id).then(() => app.connections.reload()));
    });
  });
}
