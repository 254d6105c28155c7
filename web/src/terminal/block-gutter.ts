import type { Terminal } from '@xterm/xterm';
import { first_line, glyph_of, shown_duration_ms, tone_of } from '../core/blocks';
import { Disposables } from '../core/emitter';
import { duration } from '../core/format';
import type { BlockMarks, MarkedBlock } from './block-marks';

export interface GutterEvents {
  /** A badge was pressed. */
  open(block: MarkedBlock, button: HTMLElement): void;
  /** What a badge says to somebody who cannot see it. */
  label(block: MarkedBlock): string;
}

/** Where the screen stands in its holder, and how high a row is, in pixels. */
interface Place {
  top: number;
  right: number;
  cell: number;
}

/** The strip left of the screen with a badge beside each command, and its duration at the right end of its row. */
export class BlockGutter {
  readonly element = document.createElement('div');
  private readonly badges = new Map<number, { badge: HTMLButtonElement; note: HTMLElement; block: MarkedBlock }>();
  private readonly disposables = new Disposables();
  private place: Place | null = null;
  private readonly observer = new ResizeObserver(() => {
    this.place = null;
    this.draw();
  });

  constructor(private readonly terminal: Terminal, private readonly marks: BlockMarks, private readonly events: GutterEvents) {
    this.element.className = 'block-gutter';
    const draw = (): void => this.draw();
    const resized = (): void => {
      this.place = null;
      this.draw();
    };
    for (const listener of [terminal.onRender(draw), terminal.onScroll(draw), terminal.onResize(resized)]) {
      this.disposables.add(() => listener.dispose());
    }
    this.disposables.add(marks.on_change.on(draw));
    this.disposables.add(() => this.observer.disconnect());
  }

  /** To be called when the element is in the page. */
  start(): void {
    const screen = this.terminal.element?.querySelector('.xterm-screen');
    for (const one of [screen, this.element.parentElement]) if (one) this.observer.observe(one);
  }

  dispose(): void {
    this.disposables.dispose();
    this.element.remove();
  }

  private draw(): void {
    this.place ??= this.measure();
    if (!this.place) return;
    const { cell } = this.place;
    const top = this.terminal.buffer.active.viewportY;
    const shown = new Set<number>();
    for (const block of this.marks.main ? this.marks.all : []) {
      const row = block.marker.line - top;
      if (row < 0 || row >= this.terminal.rows) continue;
      shown.add(block.info.seq);
      const { badge, note } = this.badge(block);
      for (const one of [badge, note]) {
        one.style.transform = `translateY(${Math.round(this.place.top + row * cell)}px)`;
        one.style.height = `${cell}px`;
      }
      note.style.right = `${this.place.right}px`;
      note.hidden = note.textContent === '' || !this.has_room(block, note.textContent.length + 2);
    }
    for (const [seq, { badge, note }] of this.badges) {
      if (shown.has(seq)) continue;
      badge.remove();
      note.remove();
      this.badges.delete(seq);
    }
  }

  /** Asking the browser for places makes it lay the page out: only when something has another size. */
  private measure(): Place | null {
    const screen = this.terminal.element?.querySelector('.xterm-screen');
    const holder = this.element.parentElement;
    const box = screen?.getBoundingClientRect();
    if (!holder || !box || box.height === 0) return null;
    const origin = holder.getBoundingClientRect();
    const cell = box.height / this.terminal.rows;
    holder.parentElement?.style.setProperty('--cell-height', `${cell}px`);
    return { top: box.top - origin.top + holder.scrollTop, right: Math.round(origin.right - box.right), cell };
  }

  private badge(block: MarkedBlock): { badge: HTMLButtonElement; note: HTMLElement } {
    const known = this.badges.get(block.info.seq);
    if (known?.block.info === block.info) return known;
    const badge = known?.badge ?? document.createElement('button');
    const note = known?.note ?? document.createElement('span');
    const { info } = block;
    badge.type = 'button';
    badge.tabIndex = -1;
    badge.className = `block-badge block-${tone_of(info)}`;
    badge.textContent = glyph_of(info);
    badge.title = this.events.label(block);
    badge.setAttribute('aria-label', `${first_line(info.command)}: ${this.events.label(block)}`);
    badge.onclick = () => this.events.open(block, badge);
    // The focus stays in the terminal.
    badge.onpointerdown = (event) => event.preventDefault();
    note.className = `block-note block-${tone_of(info)}`;
    const took = info.duration_ms !== null && info.duration_ms >= shown_duration_ms ? duration(info.duration_ms) : '';
    const failed = info.exit_code !== null && info.exit_code !== 0 ? `✗ ${info.exit_code}` : '';
    note.textContent = [failed, took].filter((part) => part !== '').join(' · ');
    note.setAttribute('aria-hidden', 'true');
    if (!known) this.element.append(badge, note);
    this.badges.set(info.seq, { badge, note, block: { ...block } });
    return { badge, note };
  }

  /** Whether the end of the command's row is empty, so that a note hides nothing. */
  private has_room(block: MarkedBlock, width: number): boolean {
    const line = this.terminal.buffer.active.getLine(block.marker.line);
    return line !== undefined && line.translateToString(true).length + width <= this.terminal.cols;
  }
}
