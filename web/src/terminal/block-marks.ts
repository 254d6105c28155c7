import { signal } from '@preact/signals';
import type { IDisposable, IMarker, Terminal } from '@xterm/xterm';
import { neighbour, type BlockEvent, type BlockInfo, type PlacedBlock } from '../core/blocks';
import { Disposables, Emitter } from '../core/emitter';

/** A command with its place in the emulator. */
export interface MarkedBlock {
  info: BlockInfo;
  /** First row of its prompt. */
  marker: IMarker;
  /** Rows from there to the one in which its output begins. */
  rows: number;
}

/** Where the commands of one terminal stand in its emulator. They move with their text and go with it. */
export class BlockMarks {
  /** The command whose output fills the top of the screen while its own line is out of sight. */
  readonly sticky = signal<MarkedBlock | null>(null);
  readonly on_change = new Emitter<void>();
  private blocks: MarkedBlock[] = [];
  /** What a snapshot placed in the main screen while a program showed the other one. */
  private postponed: PlacedBlock[] = [];
  private readonly disposables = new Disposables();

  constructor(private readonly terminal: Terminal) {
    const keep = (listener: IDisposable): void => this.disposables.add(() => listener.dispose());
    keep(terminal.onScroll(() => this.update()));
    keep(terminal.onRender(() => this.update()));
    keep(
      terminal.buffer.onBufferChange(() => {
        if (this.main) this.place(this.postponed.splice(0));
        this.update();
      }),
    );
  }

  /** In the order in which they stand. */
  get all(): readonly MarkedBlock[] {
    return this.blocks;
  }

  get main(): boolean {
    return this.terminal.buffer.active.type === 'normal';
  }

  /** To be called when the emulator has drawn the output up to the event's place. */
  apply({ block, rows }: BlockEvent): void {
    const known = this.blocks.find(({ info }) => info.seq === block.seq);
    if (known) {
      known.info = block;
      this.changed();
    } else if (block.status === 'running' && this.main) {
      this.add(block, this.terminal.registerMarker(-rows), rows);
      this.changed();
    }
  }

  /** To be called when a snapshot has been drawn. */
  replace(placed: PlacedBlock[]): void {
    for (const { marker } of this.blocks.splice(0)) marker.dispose();
    if (this.main) this.place(placed);
    else this.postponed = placed;
    this.changed();
  }

  /** Scrolls to the command before or after the first row of the screen; the command it goes to, if there is one. */
  jump(step: 1 | -1): MarkedBlock | null {
    if (!this.main) return null;
    const { viewportY, baseY } = this.terminal.buffer.active;
    const lines = this.blocks.map(({ marker }) => marker.line);
    const line = neighbour(lines, viewportY, step);
    if (line === null || (step === 1 && viewportY >= baseY)) {
      if (step === 1) this.terminal.scrollToBottom();
      return null;
    }
    this.terminal.scrollToLine(Math.min(line, baseY));
    return this.blocks.find(({ marker }) => marker.line === line) ?? null;
  }

  scroll_to(block: MarkedBlock): void {
    if (!block.marker.isDisposed) this.terminal.scrollToLine(block.marker.line);
  }

  /** The command that a key is about: the one at the top of the screen when scrolled up, else the last one. */
  current(): MarkedBlock | null {
    const { viewportY, baseY } = this.terminal.buffer.active;
    if (viewportY >= baseY) return this.blocks.at(-1) ?? null;
    return this.blocks.find(({ marker }) => marker.line >= viewportY) ?? this.blocks.at(-1) ?? null;
  }

  dispose(): void {
    this.disposables.dispose();
    for (const { marker } of this.blocks.splice(0)) marker.dispose();
  }

  private place(placed: PlacedBlock[]): void {
    const { baseY, cursorY } = this.terminal.buffer.active;
    for (const { up, ...info } of placed) {
      const line = baseY + this.terminal.rows - 1 - up;
      if (line >= 0) this.add(info, this.terminal.registerMarker(line - baseY - cursorY), 0);
    }
  }

  private add(info: BlockInfo, marker: IMarker | undefined, rows: number): void {
    if (!marker || marker.line < 0) return;
    const block: MarkedBlock = { info, marker, rows };
    this.blocks.push(block);
    this.blocks.sort((a, b) => a.marker.line - b.marker.line);
    marker.onDispose(() => {
      this.blocks = this.blocks.filter((other) => other !== block);
      this.on_change.fire();
    });
  }

  private changed(): void {
    this.update();
    this.on_change.fire();
  }

  private update(): void {
    const { viewportY } = this.terminal.buffer.active;
    let above: MarkedBlock | null = null;
    if (this.main) {
      for (const block of this.blocks) {
        if (block.marker.line > viewportY) break;
        above = block.marker.line < viewportY ? block : null;
      }
    }
    // An ended command covers what stands up to the next one; behind it there is only the prompt of today.
    const next = above && this.blocks[this.blocks.indexOf(above) + 1];
    if (above && !next && above.info.status !== 'running' && viewportY >= this.terminal.buffer.active.baseY) above = null;
    if (above?.info === this.sticky.value?.info) return;
    this.sticky.value = above && { ...above };
  }
}
