import type { App } from '../app/context';
import { Declined } from '../core/links';
import { open_terminal } from '../workspace/actions';
import type { FilesStore } from './store';

/** A terminal in the folder that is shown. */
export async function open_here(app: App, store: FilesStore): Promise<void> {
  const path = store.listing.value?.path;
  if (path === undefined) return;
  const place = store.place.value;
  try {
    await app.links.attempt(place, () => open_terminal(app, { cwd: path, ...(place === null ? {} : { type: 'ssh' as const, connection_id: place }) }));
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
  }
}
