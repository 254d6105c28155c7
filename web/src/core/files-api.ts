import { ApiError, query_text, type RpcClient } from './rpc-client';

export interface FileEntry {
  name: string;
  /** There when the name is no UTF-8: such a file cannot be named. */
  name_b64?: string | null;
  /** file, folder, link or other. */
  kind: string;
  size: number;
  mtime: number;
  /** Octal, e.g. 0644. */
  mode: string;
  uid: number;
  gid: number;
  target?: string | null;
  target_kind?: string | null;
}

export interface Listing {
  path: string;
  entries: FileEntry[];
  truncated: boolean;
}

export interface ReadText {
  path: string;
  text?: string | null;
  data_b64?: string | null;
  /** base64: it is no text. */
  encoding: string;
  etag: string;
  size: number;
  has_more: boolean;
}

export interface Written {
  path: string;
  etag: string;
  skipped: boolean;
}

export interface Removed {
  removed: number;
  failed: number;
  failures: { path: string; reason: string }[];
}

/** Where files are: an SSH connection, or with null the machine of the server. */
export type Place = string | null;

const on = (where: Place): Record<string, string> => (where === null ? {} : { connection_id: where });

export function content_path(where: Place, path: string, more: Record<string, string> = {}): string {
  return `/api/files/content?${query_text({ ...on(where), path, ...more })}`;
}

/** Folders, or several files at once, as one archive. */
export function archive_path(where: Place, paths: readonly string[]): string {
  const query = [query_text(on(where)), ...paths.map((path) => query_text({ path }))];
  return `/api/files/archive?${query.filter((part) => part !== '').join('&')}`;
}

/** The methods `files.*`. */
export class FilesApi {
  constructor(private readonly rpc: RpcClient) {}

  async roots(where: Place): Promise<string[]> {
    return ((await this.get('roots', on(where))) as { roots: string[] }).roots;
  }

  async list(where: Place, path: string, limit: number): Promise<Listing> {
    return (await this.get('list', { ...on(where), path, limit: String(limit) })) as Listing;
  }

  async stat(where: Place, path: string): Promise<{ path: string; info: FileEntry; etag: string }> {
    return (await this.get('stat', { ...on(where), path })) as { path: string; info: FileEntry; etag: string };
  }

  async read(where: Place, path: string, encoding = 'auto'): Promise<ReadText> {
    return (await this.get('read', { ...on(where), path, encoding })) as ReadText;
  }

  async write(where: Place, path: string, text: string, options: { encoding?: string; if_match?: string; conflict?: string }): Promise<Written> {
    return (await this.post('write', { ...on(where), path, text, ...options })) as Written;
  }

  async mkdir(where: Place, path: string): Promise<void> {
    await this.post('mkdir', { ...on(where), path });
  }

  async rename(where: Place, path: string, to: string): Promise<void> {
    await this.post('rename', { ...on(where), path, to });
  }

  async remove(where: Place, path: string, recursive: boolean): Promise<Removed> {
    return (await this.post('remove', { ...on(where), path, recursive })) as Removed;
  }

  private get(method: string, query: Record<string, string>): Promise<unknown> {
    return this.rpc.call('GET', `/api/files/${method}?${query_text(query)}`);
  }

  private post(method: string, body: unknown): Promise<unknown> {
    return this.rpc.call('POST', `/api/files/${method}`, body);
  }
}

/** A failure that says so in a 409, and not because of the way to a host. */
export function is_conflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'conflict' && error.details?.reason === undefined;
}
