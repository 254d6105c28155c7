import type { FileEntry } from './files-api';
import { utf8_length } from './settings-form';

export type FileKind = 'file' | 'folder' | 'link' | 'other';

export function kind_of({ kind }: FileEntry): FileKind {
  return kind === 'file' || kind === 'folder' || kind === 'link' ? kind : 'other';
}

export type SortKey = 'name' | 'size' | 'time' | 'mode';

export interface Sorting {
  key: SortKey;
  down: boolean;
}

const by_name = (a: FileEntry, b: FileEntry): number => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: 'base' }) || (a.name < b.name ? -1 : 1);

const orders: Record<SortKey, (a: FileEntry, b: FileEntry) => number> = {
  name: by_name,
  size: (a, b) => a.size - b.size,
  time: (a, b) => a.mtime - b.mtime,
  mode: (a, b) => a.mode.localeCompare(b.mode),
};

/** Folders first; what is equal goes by name. */
export function arranged(entries: readonly FileEntry[], sorting: Sorting, hidden: boolean): FileEntry[] {
  const sign = sorting.down ? -1 : 1;
  const order = orders[sorting.key];
  return entries
    .filter((entry) => hidden || !entry.name.startsWith('.'))
    .sort((a, b) => {
      const folders = Number(b.kind === 'folder') - Number(a.kind === 'folder');
      return folders === 0 ? sign * order(a, b) || by_name(a, b) : folders;
    });
}

/** The same key turns the order around; times and sizes begin with the largest. */
export function next_sorting(before: Sorting, key: SortKey): Sorting {
  return before.key === key ? { key, down: !before.down } : { key, down: key === 'size' || key === 'time' };
}

export function join_path(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** The folder around; the root is its own. */
export function parent_of(path: string): string {
  const cut = path.replace(/\/+$/, '').lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

export function base_name(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export interface Crumb {
  name: string;
  path: string;
}

/** The way to a folder, from the root that may be used. */
export function crumbs(path: string, roots: readonly string[]): Crumb[] {
  const inside = (root: string): boolean => path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
  const root = roots.filter(inside).sort((a, b) => b.length - a.length)[0] ?? '/';
  const way: Crumb[] = [{ name: root === '/' ? '/' : base_name(root), path: root }];
  let at = root;
  for (const name of path.slice(root.length).split('/').filter((part) => part !== '')) {
    at = join_path(at, name);
    way.push({ name, path: at });
  }
  return way;
}

/** 1.4 MB: three digits at most before the unit. */
export function format_size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** 0755 as rwxr-xr-x, with s and t where they are set; as it is when it is no mode. */
export function format_mode(mode: string): string {
  if (!/^[0-7]{3,5}$/.test(mode)) return mode;
  const bits = Number.parseInt(mode, 8);
  const letters = [0o400, 0o200, 0o100, 0o040, 0o020, 0o010, 0o004, 0o002, 0o001].map((bit, index) => (bits & bit ? 'rwx'.charAt(index % 3) : '-'));
  const special = (bit: number, at: number, letter: string): void => {
    if (bits & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  };
  special(0o4000, 2, 's');
  special(0o2000, 5, 's');
  special(0o1000, 8, 't');
  return letters.join('');
}

/** What is wrong with a new name, null when nothing. */
export function name_problem(name: string, taken: readonly string[]): 'error.required' | 'error.file_name' | 'error.file_taken' | null {
  if (name.trim() === '') return 'error.required';
  if (name.includes('/') || name.includes('\0') || name === '.' || name === '..' || utf8_length(name) > 255) return 'error.file_name';
  return taken.includes(name) ? 'error.file_taken' : null;
}
