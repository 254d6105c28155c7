import type { App } from '../app/context';
import { join_path, kind_of, name_problem } from '../core/file-list';
import { archive_path, content_path, type FileEntry, type Place } from '../core/files-api';
import type { Folder } from './folder';
import type { FilesStore } from './store';

/** What people do with files. */

const most_edited = 1 << 20;
const most_named = 12;
/** A longer address is refused. */
const most_address = 8000;

const here = (store: Folder): string => store.listing.value?.path ?? '/';

export function path_of(store: FilesStore, entry: FileEntry): string {
  return join_path(here(store), entry.name);
}

/** A folder is entered, a file is edited or, when it is too large, downloaded; a link is what it leads to. */
export async function open_entry(app: App, store: FilesStore, entry: FileEntry): Promise<void> {
  const path = path_of(store, entry);
  const place = store.place.value;
  if (entry.kind === 'folder') {
    store.go(path);
    return;
  }
  if (entry.kind === 'link') {
    const { info } = await app.links.attempt(place, () => app.files.stat(place, path));
    if (info.target_kind === 'folder') {
      store.go(path);
      return;
    }
  }
  if (kind_of(entry) !== 'other' && entry.size <= most_edited) store.editing.value = { place, path };
  else await download(app, place, path);
}

export function download_link(place: Place, path: string): string {
  return content_path(place, path);
}

/** It is asked for first: a link that fails would only be a broken file. */
export async function download(app: App, place: Place, path: string): Promise<void> {
  await app.links.attempt(place, () => app.files.stat(place, path));
  follow(download_link(place, path));
}

function follow(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}

/** One file is itself; folders, and several at once, come as one archive. */
export async function download_entries(app: App, store: FilesStore, entries: readonly FileEntry[]): Promise<void> {
  const [first] = entries;
  if (!first) return;
  const place = store.place.value;
  const path = path_of(store, first);
  const { info } = await app.links.attempt(place, () => app.files.stat(place, path));
  const folder = info.kind === 'folder' || info.target_kind === 'folder';
  if (entries.length === 1 && !folder) {
    follow(download_link(place, path));
    return;
  }
  const every = entries.length === store.listing.value?.entries.length;
  const address = archive_path(place, every ? [here(store)] : entries.map((entry) => path_of(store, entry)));
  if (address.length > most_address) app.toasts.error(app.t('files.too_many'));
  else follow(address);
}

/** Asks where to. */
export function copy_to(store: FilesStore, entries: readonly FileEntry[]): void {
  if (entries.length > 0) store.copying.value = { place: store.place.value, folder: here(store), entries };
}

function name_check(app: App, taken: readonly string[]): (name: string) => string | null {
  return (name) => {
    const problem = name_problem(name, taken);
    return problem === null ? null : app.t(problem);
  };
}

const names = (store: Folder): string[] => (store.listing.value?.entries ?? []).map((entry) => entry.name);

/** Asks for its name, and makes it in the folder shown. Null: the person would not. */
export async function make_folder(app: App, folder: Folder): Promise<string | null> {
  const name = await app.dialogs.ask_text({
    title: app.t('files.mkdir'),
    body: '',
    confirm: app.t('files.make'),
    field: { label: app.t('files.name'), value: '', check: name_check(app, names(folder)) },
  });
  if (name === null) return null;
  const place = folder.place.value;
  await app.links.attempt(place, () => app.files.mkdir(place, join_path(here(folder), name)));
  return name;
}

export async function make_file(app: App, store: FilesStore): Promise<void> {
  const name = await app.dialogs.ask_text({
    title: app.t('files.new_file'),
    body: '',
    confirm: app.t('files.make'),
    field: { label: app.t('files.name'), value: '', check: name_check(app, names(store)) },
  });
  if (name === null) return;
  const place = store.place.value;
  const path = join_path(here(store), name);
  await app.links.attempt(place, () => app.files.write(place, path, '', { conflict: 'fail' }));
  store.reload_at(name);
  store.editing.value = { place, path };
}

export async function rename(app: App, store: FilesStore, entry: FileEntry): Promise<void> {
  const folder = here(store);
  const name = await app.dialogs.ask_text({
    title: app.t('files.rename_title', { name: entry.name }),
    body: '',
    confirm: app.t('files.rename'),
    field: { label: app.t('files.name'), value: entry.name, check: name_check(app, names(store).filter((other) => other !== entry.name)) },
  });
  if (name === null || name === entry.name) return;
  const place = store.place.value;
  await app.links.attempt(place, () => app.files.rename(place, join_path(folder, entry.name), join_path(folder, name)));
  store.reload_at(name);
}

/** One line for each that goes; for folders also what is in them. */
async function what_goes(app: App, place: Place, folder: string, entries: readonly FileEntry[]): Promise<string> {
  const lines: string[] = [];
  for (const entry of entries.slice(0, most_named)) {
    if (entry.kind !== 'folder') {
      lines.push(entry.name);
      continue;
    }
    const inside = await app.links.attempt(place, () => app.files.list(place, join_path(folder, entry.name), 1000));
    const count = inside.truncated ? `${inside.entries.length}+` : inside.entries.length;
    const some = inside.entries.slice(0, 4).map((inner) => (inner.kind === 'folder' ? `${inner.name}/` : inner.name));
    const more = inside.entries.length > some.length ? ', …' : '';
    lines.push(`${entry.name}/  ${app.t('files.holds', { count })}${some.length > 0 ? `: ${some.join(', ')}${more}` : ''}`);
  }
  if (entries.length > most_named) lines.push(app.t('files.and_more', { count: entries.length - most_named }));
  return lines.join('\n');
}

export async function remove(app: App, store: FilesStore, entries: readonly FileEntry[]): Promise<void> {
  const [first] = entries;
  if (!first) return;
  const place = store.place.value;
  const folder = here(store);
  const folders = entries.some((entry) => entry.kind === 'folder');
  const sure = await app.dialogs.ask({
    title: entries.length === 1 ? app.t('files.delete_title', { name: first.name }) : app.t('files.delete_many', { count: entries.length }),
    body: app.t(folders ? 'files.delete_folders' : 'files.delete_body'),
    quote: await what_goes(app, place, folder, entries),
    confirm: app.t('common.delete'),
    tone: 'danger',
  });
  if (!sure) return;
  const failures: string[] = [];
  for (const entry of entries) {
    const done = await app.links.attempt(place, () => app.files.remove(place, join_path(folder, entry.name), entry.kind === 'folder'));
    failures.push(...done.failures.map(({ path, reason }) => `${path}: ${reason}`));
  }
  store.reload();
  if (failures.length > 0) app.toasts.error(app.t('files.delete_failed', { count: failures.length, first: failures[0] ?? '' }));
}

/** The keyboard is quicker without a menu. */
export function entry_key(app: App, store: FilesStore, entry: FileEntry, key: string): boolean {
  switch (key) {
    case 'F2':
      app.run(rename(app, store, entry));
      return true;
    case 'Delete':
      app.run(remove(app, store, chosen(store, entry)));
      return true;
    default:
      return false;
  }
}

/** Those that are ticked if this one is among them, else this one. */
export function chosen(store: FilesStore, entry: FileEntry): FileEntry[] {
  const ticked = store.selected.value;
  return ticked.has(entry.name) ? store.entries().filter((other) => ticked.has(other.name)) : [entry];
}
