/** Longest piece sent as one frame; a longer paste goes out in several. */
export const max_piece_bytes = 32 * 1024;
/** Bytes on their way to the server without an acknowledgement. */
const max_in_flight_bytes = 256 * 1024;
/** Bytes held here at all; typing beyond it is refused. */
const max_queued_bytes = 8 * 1024 * 1024;
/** Typed while disconnected and older than this, a key is dropped instead of surprising its author. */
export const stale_after_ms = 30_000;

interface Piece {
  /** 0 until it is first sent. A sequence is never reused: that is how the server drops doubles. */
  sequence: number;
  bytes: Uint8Array;
  typed_at: number;
}

export interface SequencedInput {
  sequence: number;
  bytes: Uint8Array;
}

/** Input from the moment it is typed until the server says that the terminal has it. */
export class InputQueue {
  private pieces: Piece[] = [];
  private next_sequence = 1;
  private queued_bytes = 0;

  /** Returns false (and keeps nothing) if too much is waiting already. */
  push(bytes: Uint8Array, now: number): boolean {
    if (this.queued_bytes + bytes.length > max_queued_bytes) return false;
    for (let at = 0; at < bytes.length; at += max_piece_bytes) {
      this.pieces.push({ sequence: 0, bytes: bytes.slice(at, at + max_piece_bytes), typed_at: now });
    }
    this.queued_bytes += bytes.length;
    return true;
  }

  /** Numbers and returns what may be sent now. */
  take_unsent(): SequencedInput[] {
    let in_flight = 0;
    const taken: SequencedInput[] = [];
    for (const piece of this.pieces) {
      if (piece.sequence === 0) {
        if (in_flight + piece.bytes.length > max_in_flight_bytes) break;
        piece.sequence = this.next_sequence++;
        taken.push({ sequence: piece.sequence, bytes: piece.bytes });
      }
      in_flight += piece.bytes.length;
    }
    return taken;
  }

  /** What was sent and not acknowledged, under its old numbers. */
  unacknowledged(): SequencedInput[] {
    return this.pieces
      .filter((piece) => piece.sequence > 0)
      .map(({ sequence, bytes }) => ({ sequence, bytes }));
  }

  acknowledge(sequence: number): void {
    this.keep((piece) => piece.sequence === 0 || piece.sequence > sequence);
  }

  refuse(sequence: number): void {
    this.keep((piece) => piece.sequence !== sequence);
  }

  /** Forgets keys that were typed too long ago and never sent; returns how many bytes. */
  drop_stale(now: number): number {
    const before = this.queued_bytes;
    this.keep((piece) => piece.sequence > 0 || now - piece.typed_at <= stale_after_ms);
    return before - this.queued_bytes;
  }

  clear(): void {
    this.keep(() => false);
  }

  get empty(): boolean {
    return this.pieces.length === 0;
  }

  private keep(wanted: (piece: Piece) => boolean): void {
    this.pieces = this.pieces.filter(wanted);
    this.queued_bytes = this.pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  }
}
