import type { Place } from './files-api';
import type { RpcClient } from './rpc-client';

export interface TransferPlace {
  /** As it was given, an id, a title or a host; empty: the server's own machine. */
  connection_id: string;
  path: string;
}

export interface PathNote {
  path: string;
  reason: string;
}

export type CopyState = 'waiting' | 'running' | 'done' | 'incomplete' | 'failed' | 'cancelled';

/** What the server does with files that are there. */
export type CopyConflict = 'fail' | 'overwrite' | 'rename' | 'skip' | 'resume';

/** A copy that the server makes, whoever has asked for it. */
export interface Copy {
  transfer_id: string;
  state: string;
  from: TransferPlace;
  to: TransferPlace;
  folder: boolean;
  conflict: string;
  checksum: boolean;
  by: string;
  created_at: string;
  /** The totals grow. */
  counting: boolean;
  /** What was written is read again. */
  checking: boolean;
  files: number;
  files_total: number;
  skipped: number;
  bytes: number;
  bytes_total: number;
  /** Bytes a second. */
  rate: number;
  eta_s?: number | null;
  failed: number;
  failures: PathNote[];
  left_out: number;
  left_out_paths: PathNote[];
  error?: { code: string; message: string } | null;
}

export interface CopyOrder {
  from: { path: string; connection_id?: string };
  to: { path: string; connection_id?: string };
  conflict: CopyConflict;
  recursive: boolean;
  checksum: boolean;
}

const base = '/api/transfers';

export function at_place(place: Place, path: string): CopyOrder['from'] {
  return place === null ? { path } : { path, connection_id: place };
}

/** The methods `transfer.*` that answer at once. */
export class TransfersApi {
  constructor(private readonly rpc: RpcClient) {}

  async start(order: CopyOrder): Promise<Copy> {
    return (await this.rpc.call('POST', base, order)) as Copy;
  }

  async get(id: string): Promise<Copy> {
    return (await this.rpc.call('GET', `${base}/${encodeURIComponent(id)}`)) as Copy;
  }

  async cancel(id: string): Promise<Copy> {
    return ((await this.rpc.call('POST', `${base}/${encodeURIComponent(id)}/cancel`, {})) as { transfer: Copy }).transfer;
  }
}
