import type { Terminal } from '@xterm/xterm';
import { grid_for, shrunken_font, type Box, type Grid } from '../core/fit';

/** Room for the scrollbar that lies over the right edge. */
const scrollbar_px = 12;
/** Our own new size comes back from the server within this time; only then does a difference mean another viewer's size. */
const settle_ms = 250;
const resize_pause_ms = 40;

/**
 * Places one emulator in its container. The program's size decides the emulator's; this says which size would fill the
 * container, and shows a size set by somebody else in a frame, in smaller letters if it would not fit.
 */
export class Layout {
  private readonly observer = new ResizeObserver(() => this.schedule());
  private scheduled: number | null = null;
  private settling: number | null = null;
  /** A cell at the chosen font size. */
  private cell: Box | null = null;
  private wanted: Grid | null = null;
  private panels = { top: 0, bottom: 0 };

  constructor(
    private readonly container: HTMLElement,
    private readonly frame: HTMLElement,
    private readonly terminal: Terminal,
    private font_size: number,
    private readonly on_wanted: (grid: Grid) => void,
    private readonly on_placed: () => void,
  ) {
    terminal.options.fontSize = font_size;
  }

  start(): void {
    this.observer.observe(this.container);
    this.update();
  }

  stop(): void {
    this.observer.disconnect();
    if (this.scheduled !== null) window.clearTimeout(this.scheduled);
    if (this.settling !== null) window.clearTimeout(this.settling);
  }

  set_font_size(font_size: number): void {
    this.font_size = font_size;
    this.terminal.options.fontSize = font_size;
    this.cell = null;
    this.update();
  }

  /** The program's size, from the server. */
  set_grid(grid: Grid): void {
    const { cols, rows } = this.terminal;
    if (grid.cols !== cols || grid.rows !== rows) this.terminal.resize(grid.cols, grid.rows);
    this.place();
  }

  /** Rows of panels above and below the program: they share the container with it. */
  set_panels(top: number, bottom: number): void {
    this.panels = { top, bottom };
    this.place();
  }

  /** Where the emulator's cells are in the frame; null while there is nothing to measure. */
  cells(): { width: number; height: number; left: number; top: number } | null {
    const screen = this.frame.querySelector('.xterm-screen')?.getBoundingClientRect();
    if (!screen || screen.width === 0) return null;
    const frame = this.frame.getBoundingClientRect();
    const { cols, rows } = this.terminal;
    return { width: screen.width / cols, height: screen.height / rows, left: screen.left - frame.left, top: screen.top - frame.top };
  }

  /** Measures and asks for the size that fills the container. */
  update(): void {
    const room = this.room();
    const cell = this.measure();
    const grid = cell && grid_for(room, cell);
    if (!grid) return;
    if (grid.cols !== this.wanted?.cols || grid.rows !== this.wanted.rows) {
      this.wanted = grid;
      this.on_wanted(grid);
    }
    this.place();
  }

  private schedule(): void {
    if (this.scheduled !== null) return;
    this.scheduled = window.setTimeout(() => {
      this.scheduled = null;
      this.update();
    }, resize_pause_ms);
  }

  private room(): Box {
    const style = getComputedStyle(this.container);
    const px = (value: string): number => Number.parseFloat(value) || 0;
    return {
      width: this.container.clientWidth - px(style.paddingLeft) - px(style.paddingRight) - scrollbar_px,
      height: this.container.clientHeight - px(style.paddingTop) - px(style.paddingBottom),
    };
  }

  private measure(): Box | null {
    const shown = this.screen_box();
    if (shown.width > 0 && this.terminal.options.fontSize === this.font_size) {
      this.cell = { width: shown.width / this.terminal.cols, height: shown.height / this.terminal.rows };
    }
    return this.cell;
  }

  private screen_box(): Box {
    const screen = this.frame.querySelector('.xterm-screen');
    if (!screen) return { width: 0, height: 0 };
    const { width, height } = screen.getBoundingClientRect();
    return { width, height };
  }

  private place(): void {
    const { cols, rows } = this.terminal;
    const all_rows = rows + this.panels.top + this.panels.bottom;
    const ours = this.wanted === null || (cols === this.wanted.cols && all_rows === this.wanted.rows);
    if (this.settling !== null) window.clearTimeout(this.settling);
    this.settling = null;
    if (ours) this.fill();
    else {
      this.settling = window.setTimeout(() => {
        this.settling = null;
        this.letterbox();
      }, settle_ms);
    }
  }

  private fill(): void {
    this.container.classList.remove('letterboxed');
    this.frame.style.width = '';
    this.frame.style.height = '';
    if (this.terminal.options.fontSize !== this.font_size) this.terminal.options.fontSize = this.font_size;
    this.make_room();
  }

  private letterbox(): void {
    if (!this.cell) return;
    const { cols, rows } = this.terminal;
    const font_size = shrunken_font(this.room(), this.cell, this.font_size, { cols, rows: rows + this.panels.top + this.panels.bottom });
    if (this.terminal.options.fontSize !== font_size) this.terminal.options.fontSize = font_size;
    const box = this.screen_box();
    this.container.classList.add('letterboxed');
    this.frame.style.width = `${box.width + scrollbar_px}px`;
    this.frame.style.height = `${box.height * ((rows + this.panels.top + this.panels.bottom) / rows)}px`;
    this.make_room();
  }

  /** The emulator begins below the panels at the top. */
  private make_room(): void {
    const height = this.screen_box().height / this.terminal.rows;
    this.frame.style.paddingTop = this.panels.top > 0 ? `${this.panels.top * height}px` : '';
    this.on_placed();
  }
}
