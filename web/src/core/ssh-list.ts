import type { Connection } from './ssh-api';
import { format_target } from './ssh-target';

export type ConnectionOrder = 'name' | 'used';

export interface ConnectionFilter {
  words: string;
  tag: string | null;
  order: ConnectionOrder;
}

export interface ConnectionGroup {
  name: string;
  connections: Connection[];
}

/** The colours that a connection may be marked with; each has a shade for dark and for light. */
export const connection_colors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'gray'] as const;

/** What a stylesheet can show of a stored colour; anything that is none shows nothing. */
export function css_color(color: string): string | null {
  const word = color.trim().toLowerCase();
  if ((connection_colors as readonly string[]).includes(word)) return `var(--mark-${word})`;
  return /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/.test(word) ? word : null;
}

function found(connection: Connection, words: readonly string[]): boolean {
  const { title, host, group, tags } = connection;
  const text = [title, format_target(connection), host, group, ...tags].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

export function all_tags(connections: readonly Connection[]): string[] {
  return [...new Set(connections.flatMap((connection) => connection.tags))].sort((a, b) => a.localeCompare(b));
}

export function all_groups(connections: readonly Connection[]): string[] {
  return [...new Set(connections.map((connection) => connection.group))].filter((name) => name !== '').sort((a, b) => a.localeCompare(b));
}

const by_name = (a: Connection, b: Connection): number => a.title.localeCompare(b.title, undefined, { numeric: true });

const by_use = (a: Connection, b: Connection): number => {
  const [left, right] = [a.last_connected ?? '', b.last_connected ?? ''];
  return left === right ? by_name(a, b) : right < left ? -1 : 1;
};

/** Those that were looked for, by group; those without one come first. By use there are no groups: it is one list. */
export function grouped(connections: readonly Connection[], filter: ConnectionFilter): ConnectionGroup[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const shown = connections.filter((connection) => (filter.tag === null || connection.tags.includes(filter.tag)) && found(connection, words));
  if (shown.length === 0) return [];
  if (filter.order === 'used') return [{ name: '', connections: shown.sort(by_use) }];
  const names = ['', ...all_groups(shown)];
  return names
    .map((name) => ({ name, connections: shown.filter((connection) => connection.group === name).sort(by_name) }))
    .filter((group) => group.connections.length > 0);
}
