/** An acknowledgement at the latest after this many drawn bytes; the server's window is 256 KiB. */
export const ack_every_bytes = 64 * 1024;
/** ... and at the latest this long after the last drawing. */
export const ack_idle_ms = 30;

/** Decides when "everything before this offset has been drawn" is worth a frame. */
export class AckMeter {
  private drawn = 0;
  private acked = 0;

  /** A snapshot or a new connection begins at `offset`: nothing before it needs an acknowledgement. */
  restart(offset: number): void {
    this.drawn = offset;
    this.acked = offset;
  }

  /** Records drawn output and returns the offset to acknowledge at once, if enough has come together. */
  advance(offset: number): number | null {
    this.drawn = Math.max(this.drawn, offset);
    return this.drawn - this.acked >= ack_every_bytes ? this.flush() : null;
  }

  /** Returns the offset that is not acknowledged yet, if there is one. */
  flush(): number | null {
    if (this.drawn <= this.acked) return null;
    this.acked = this.drawn;
    return this.acked;
  }

  get pending(): boolean {
    return this.drawn > this.acked;
  }
}
