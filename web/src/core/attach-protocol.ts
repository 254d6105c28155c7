import type { TerminalInfo } from './api-types';
import { is_block_event, is_placed_blocks, type BlockInfo, type PlacedBlock } from './blocks';

/** The frames of docs/terminal-websocket.md, both directions. Integers are big-endian. */

export const protocol_version = 1;

const server_output = 0x01;
const server_snapshot = 0x02;
const client_input = 0x01;
const client_ack = 0x02;

/** A frame that breaks the protocol: the connection must be dropped and continued from the last good offset. */
export class ProtocolError extends Error {}

export type BinaryFrame =
  | { kind: 'output'; offset: number; bytes: Uint8Array }
  | { kind: 'snapshot'; offset: number; cols: number; rows: number; bytes: Uint8Array };

export interface Presence {
  id: string;
  name: string;
  kind: string;
  role: string;
  cols: number;
  rows: number;
  active: boolean;
  /** When it last typed or changed something, in seconds since 1970. */
  last_activity?: number;
}

export type CommandState = 'prompt' | 'running' | 'unknown';
export type AskState = 'thinking' | 'streaming' | 'done' | 'cancelled' | 'error';
export type SizePolicy = 'active' | 'smallest' | 'largest' | 'fixed';

export type ServerMessage =
  | {
      type: 'hello';
      protocol: number;
      terminal: TerminalInfo;
      epoch: string;
      viewer: string;
      role: string;
      cols: number;
      rows: number;
      size_policy: SizePolicy;
      integration: boolean;
    }
  | { type: 'size'; cols: number; rows: number; by: string | null }
  | { type: 'input_ack'; sequence: number }
  | { type: 'input_refused'; sequence: number; code: string; message: string }
  | { type: 'title'; title: string }
  | { type: 'bell' }
  | { type: 'presence'; viewers: Presence[] }
  | { type: 'control'; held_by: string | null }
  | { type: 'size_policy'; policy: SizePolicy }
  | {
      type: 'command';
      state: CommandState;
      exit_code: number | null;
      duration_ms: number | null;
      cwd: string | null;
    }
  | { type: 'block'; offset: number; rows: number; block: BlockInfo }
  | { type: 'blocks'; offset: number; blocks: PlacedBlock[] }
  | { type: 'ask'; state: AskState; prefill: string | null; message: string | null; warning?: string }
  | { type: 'ui'; mode: string; top: number; bottom: number; elements: unknown[]; capture: unknown }
  | { type: 'exit'; code: number | null; signal: string | null }
  | { type: 'closed' }
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'error'; error: { code: string; message: string } };

export type ClientMessage =
  | { type: 'resize'; cols: number; rows: number }
  | { type: 'visible'; visible: boolean }
  | { type: 'size_policy'; policy: SizePolicy }
  | { type: 'control'; take: boolean }
  | { type: 'prefill' }
  | { type: 'ask_cancel' }
  | { type: 'release_input' }
  | { type: 'pong' }
  | { type: 'ping' };

function read_u64(view: DataView, at: number): number {
  const value = view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) throw new ProtocolError('offset beyond 2^53');
  return value;
}

export function decode_binary(data: ArrayBuffer): BinaryFrame {
  const view = new DataView(data);
  if (view.byteLength < 9) throw new ProtocolError('short binary frame');
  const kind = view.getUint8(0);
  const offset = read_u64(view, 1);
  if (kind === server_output) return { kind: 'output', offset, bytes: new Uint8Array(data, 9) };
  if (kind !== server_snapshot) throw new ProtocolError(`unknown binary frame ${kind}`);
  if (view.byteLength < 13) throw new ProtocolError('short snapshot frame');
  const cols = view.getUint16(9);
  const rows = view.getUint16(11);
  if (cols === 0 || rows === 0) throw new ProtocolError('snapshot without a size');
  return { kind: 'snapshot', offset, cols, rows, bytes: new Uint8Array(data, 13) };
}

export function encode_input(sequence: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + bytes.length);
  frame[0] = client_input;
  new DataView(frame.buffer).setUint32(1, sequence);
  frame.set(bytes, 5);
  return frame;
}

export function encode_ack(offset: number): Uint8Array {
  const frame = new Uint8Array(9);
  const view = new DataView(frame.buffer);
  view.setUint8(0, client_ack);
  view.setUint32(1, Math.floor(offset / 0x1_0000_0000));
  view.setUint32(5, offset % 0x1_0000_0000);
  return frame;
}

const known_types = new Set<string>([
  'hello', 'size', 'input_ack', 'input_refused', 'title', 'bell', 'presence', 'control', 'size_policy', 'command',
  'block', 'blocks', 'ask', 'ui',
  'exit', 'closed', 'ping', 'pong', 'error',
] satisfies ServerMessage['type'][]);

const is_count = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const is_size = (frame: Record<string, unknown>): boolean =>
  is_count(frame.cols) && is_count(frame.rows) && frame.cols > 0 && frame.rows > 0;

/** What a frame of a type must have for the rest of the program to rely on it. */
const required: Partial<Record<ServerMessage['type'], (frame: Record<string, unknown>) => boolean>> = {
  hello: (f) => typeof f.epoch === 'string' && typeof f.viewer === 'string' && is_size(f),
  size: is_size,
  input_ack: (f) => is_count(f.sequence),
  input_refused: (f) => is_count(f.sequence),
  title: (f) => typeof f.title === 'string',
  presence: (f) => Array.isArray(f.viewers),
  size_policy: (f) => typeof f.policy === 'string',
  command: (f) => typeof f.state === 'string',
  block: is_block_event,
  blocks: is_placed_blocks,
  ask: (f) => typeof f.state === 'string',
  ui: (f) => is_count(f.top) && is_count(f.bottom) && Array.isArray(f.elements),
  error: (f) => typeof f.error === 'object' && f.error !== null,
};

/** Returns null for a type that this version does not know: newer servers may say more. */
export function decode_text(text: string): ServerMessage | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new ProtocolError('text frame is not JSON');
  }
  if (typeof frame !== 'object' || frame === null) throw new ProtocolError('text frame is not an object');
  const fields = frame as Record<string, unknown>;
  if (typeof fields.type !== 'string') throw new ProtocolError('text frame without a type');
  if (!known_types.has(fields.type)) return null;
  const type = fields.type as ServerMessage['type'];
  if (required[type]?.(fields) === false) throw new ProtocolError(`malformed "${type}" frame`);
  return frame as ServerMessage;
}

export interface AttachQuery {
  ticket: string;
  cols: number;
  rows: number;
  input_token: string;
  /** What other viewers see, e.g. "Firefox on Linux". */
  name: string;
  resume: { epoch: string; offset: number } | null;
}

export function attach_path(id: string, query: AttachQuery): string {
  const parts = [
    `ticket=${encodeURIComponent(query.ticket)}`,
    `cols=${query.cols}`,
    `rows=${query.rows}`,
    `input_token=${encodeURIComponent(query.input_token)}`,
    `name=${encodeURIComponent(query.name)}`,
  ];
  if (query.resume) {
    parts.push(`epoch=${encodeURIComponent(query.resume.epoch)}`, `offset=${query.resume.offset}`);
  }
  return `/ws/terminal/${encodeURIComponent(id)}?${parts.join('&')}`;
}
