import type { App } from '../app/context';
import type { Place } from '../core/files-api';
import type { TransferPlace } from '../core/transfers-api';

/** Callers may have named a connection by its title or its host. */
export function connection_of(app: App, named: string): Place {
  if (named === '') return null;
  const all = app.connections.list.value ?? [];
  const found = all.find(({ id }) => id === named) ?? all.find(({ title }) => title === named) ?? all.find(({ host }) => host === named);
  return found?.id ?? named;
}

/** As people call it. */
export function place_title(app: App, place: Place): string {
  return place === null ? app.t('files.this_machine') : (app.connections.get(place)?.title ?? place);
}

export function place_words(app: App, { connection_id, path }: TransferPlace): string {
  return `${place_title(app, connection_of(app, connection_id))}: ${path}`;
}
