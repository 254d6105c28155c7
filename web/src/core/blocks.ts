/** One command of a terminal, as the frames of docs/terminal-websocket.md tell it. Times in milliseconds. */
export interface BlockInfo {
  seq: number;
  command: string;
  cwd: string;
  by: string;
  started_at: number;
  status: 'running' | 'completed' | 'shell_exited' | 'lost';
  exit_code: number | null;
  duration_ms: number | null;
}

/** A command starts or has ended at a place of the output; `rows` of its prompt stand above that place when it starts. */
export interface BlockEvent {
  offset: number;
  rows: number;
  block: BlockInfo;
}

/** A command in a snapshot: `up` rows above the last row of the screen. */
export type PlacedBlock = BlockInfo & { up: number };

/** Output up to a place, and what happens there. */
export interface Cut {
  bytes: Uint8Array;
  events: BlockEvent[];
}

/** Holds events until the output reaches their place, and cuts the output there. */
export class BlockCutter {
  private waiting: BlockEvent[] = [];
  private placed: { offset: number; blocks: PlacedBlock[] } | null = null;
  private reached = 0;

  /** Events whose place is already reached come back at once. */
  add(event: BlockEvent): BlockEvent | null {
    if (event.offset <= this.reached) return event;
    this.waiting.push(event);
    this.waiting.sort((a, b) => a.offset - b.offset);
    return null;
  }

  /** The blocks of the snapshot that comes next. */
  expect(offset: number, blocks: PlacedBlock[]): void {
    this.placed = { offset, blocks };
  }

  output(offset: number, bytes: Uint8Array): Cut[] {
    const cuts: Cut[] = [];
    const end = offset + bytes.length;
    let from = offset;
    while (this.waiting.length > 0 && (this.waiting[0]?.offset ?? end) <= end) {
      const at = Math.max(from, this.waiting[0]?.offset ?? from);
      const events = this.waiting.filter((event) => event.offset <= at);
      this.waiting = this.waiting.filter((event) => event.offset > at);
      cuts.push({ bytes: bytes.subarray(from - offset, at - offset), events });
      from = at;
    }
    if (from < end || cuts.length === 0) cuts.push({ bytes: bytes.subarray(from - offset), events: [] });
    this.reached = end;
    return cuts;
  }

  /** What stands in a snapshot that has just come; everything earlier is in it. */
  snapshot(offset: number): PlacedBlock[] {
    const blocks = this.placed?.offset === offset ? this.placed.blocks : [];
    this.placed = null;
    this.reached = offset;
    this.waiting = this.waiting.filter((event) => event.offset > offset);
    return blocks;
  }
}

export type BlockTone = 'ok' | 'bad' | 'running' | 'unknown';

export function tone_of(block: Pick<BlockInfo, 'status' | 'exit_code'>): BlockTone {
  if (block.status === 'running') return 'running';
  if (block.exit_code === null) return 'unknown';
  return block.exit_code === 0 ? 'ok' : 'bad';
}

/** From here on a duration is worth showing. */
export const shown_duration_ms = 1000;

const glyphs: Record<BlockTone, string> = { ok: '✓', bad: '✗', running: '●', unknown: '–' };

export function glyph_of(block: Pick<BlockInfo, 'status' | 'exit_code'>): string {
  return glyphs[tone_of(block)];
}

/** The line that a block shows of its command: the first that says something. */
export function first_line(command: string): string {
  return command.split('\n').find((line) => line.trim() !== '')?.trim() ?? '';
}

/** The nearest of ascending `lines` before or after `from`; null when there is none. */
export function neighbour(lines: readonly number[], from: number, step: 1 | -1): number | null {
  if (step === 1) return lines.find((line) => line > from) ?? null;
  return [...lines].reverse().find((line) => line < from) ?? null;
}

/** Whether the end of a command is worth a word to somebody who looks elsewhere. */
export function deserves_notice(block: BlockInfo, watched: boolean, after_seconds: number): boolean {
  if (watched || after_seconds <= 0 || block.status === 'running' || block.by !== 'human') return false;
  return block.duration_ms !== null && block.duration_ms >= after_seconds * 1000;
}

function is_block(value: unknown): value is BlockInfo {
  const block = value as Partial<BlockInfo> | null;
  return typeof block === 'object' && block !== null && Number.isInteger(block.seq) && typeof block.command === 'string' && typeof block.status === 'string';
}

export function is_block_event(frame: Record<string, unknown>): boolean {
  return Number.isInteger(frame.offset) && Number.isInteger(frame.rows) && is_block(frame.block);
}

export function is_placed_blocks(frame: Record<string, unknown>): boolean {
  return Number.isInteger(frame.offset) && Array.isArray(frame.blocks) && frame.blocks.every((block) => is_block(block) && Number.isInteger((block as PlacedBlock).up));
}
