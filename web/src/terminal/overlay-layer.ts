import type { ITheme, Terminal } from '@xterm/xterm';
import { css_colour, no_ui, run_style, type ScreenUi, type UiElement, type UiPalette, type UiRun } from '../core/screen-ui';

/** A cell in CSS pixels, and where the emulator's first one stands in the frame. */
export interface CellMetrics {
  width: number;
  height: number;
  left: number;
  top: number;
  cols: number;
  rows: number;
}

const names = [
  'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white',
  'brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite',
] as const satisfies (keyof ITheme)[];

export function palette_of(theme: ITheme | undefined): UiPalette {
  const foreground = theme?.foreground ?? '#cccccc';
  return { colours: names.map((name) => theme?.[name] ?? foreground), foreground, background: theme?.background ?? '#111111' };
}

/** What to call an element for those who do not see it. */
export type LabelOf = (element: UiElement) => string;

/**
 * Overlays over the emulator's cells, panels in the rows above and below it. Text goes in as text: nothing of what
 * programs say becomes markup.
 */
export class OverlayLayer {
  readonly element = document.createElement('div');
  private readonly parts = { top: strip('top'), over: strip('over'), bottom: strip('bottom') };
  private ui: ScreenUi = no_ui;
  private label_of: LabelOf = (element) => element.id;

  constructor(private readonly terminal: Terminal) {
    this.element.className = 'overlay-layer';
    this.element.hidden = true;
    this.element.append(this.parts.top, this.parts.over, this.parts.bottom);
  }

  set_label(label_of: LabelOf): void {
    this.label_of = label_of;
    for (const node of this.element.querySelectorAll<HTMLElement>('.ui-element')) {
      const shown = this.ui.elements.find((one) => one.id === node.dataset.id);
      if (shown) node.setAttribute('aria-label', label_of(shown));
    }
  }

  /** Draws what is to be seen; elements that stay the same keep their nodes. */
  show(ui: ScreenUi, metrics: CellMetrics): void {
    this.ui = ui;
    this.element.hidden = ui.elements.length === 0;
    this.measure(metrics);
    const palette = palette_of(this.terminal.options.theme);
    const groups: Record<keyof typeof this.parts, HTMLElement[]> = { top: [], over: [], bottom: [] };
    for (const element of ui.elements) groups[element.kind === 'overlay' ? 'over' : element.position].push(draw(element, palette, this.label_of(element)));
    for (const name of ['top', 'over', 'bottom'] as const) this.parts[name].replaceChildren(...groups[name]);
  }

  /** The font, the theme or the size is another one. */
  refresh(metrics: CellMetrics): void {
    this.show(this.ui, metrics);
  }

  private measure({ width, height, left, top, cols, rows }: CellMetrics): void {
    const { style } = this.element;
    style.setProperty('--cell-width', `${width}px`);
    style.setProperty('--cell-height', `${height}px`);
    const { fontFamily, fontSize } = this.terminal.options;
    style.fontFamily = fontFamily ?? 'monospace';
    style.fontSize = `${fontSize ?? 14}px`;
    // The emulator rounds its cells to pixels of the device; text of ours must not drift away from them.
    const natural = natural_width(`${fontSize ?? 14}px ${fontFamily ?? 'monospace'}`);
    style.letterSpacing = natural > 0 ? `${width - natural}px` : '';
    const place = (part: HTMLElement, from: number, count: number): void => {
      part.style.left = `${left}px`;
      part.style.top = `${top + from * height}px`;
      part.style.width = `${cols * width}px`;
      part.style.height = `${count * height}px`;
    };
    place(this.parts.top, -this.ui.top, this.ui.top);
    place(this.parts.over, 0, rows);
    place(this.parts.bottom, rows, this.ui.bottom);
  }
}

function strip(name: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `ui-strip ui-strip-${name}`;
  return element;
}

let measuring: CanvasRenderingContext2D | null | undefined;
function natural_width(font: string): number {
  if (typeof CanvasRenderingContext2D === 'undefined') return 0;
  measuring ??= document.createElement('canvas').getContext('2d');
  if (!measuring) return 0;
  measuring.font = font;
  return measuring.measureText('0'.repeat(32)).width / 32;
}

const cells = (count: number, axis: 'width' | 'height'): string => `calc(var(--cell-${axis}) * ${count})`;

function draw(element: UiElement, palette: UiPalette, label: string): HTMLElement {
  const node = document.createElement('div');
  node.className = `ui-element ui-${element.kind}${element.focused ? ' ui-focused' : ''}`;
  node.dataset.id = element.id;
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', label);
  node.style.left = cells(element.left, 'width');
  node.style.top = cells(element.top, 'height');
  node.style.width = cells(element.width, 'width');
  node.style.height = cells(element.height, 'height');
  const background = element.background === null ? null : css_colour(element.background, palette);
  node.style.background = background ?? palette.background;
  element.rows.forEach((runs, row) => {
    if (runs.length === 0) return;
    const line = document.createElement('div');
    line.className = 'ui-row';
    line.style.top = cells(row, 'height');
    line.append(...runs.map((run) => draw_run(run, background, palette)));
    node.append(line);
  });
  return node;
}

function draw_run(run: UiRun, behind: string | null, palette: UiPalette): HTMLElement {
  const node = document.createElement('span');
  const style = run_style(run, behind, palette);
  node.className = 'ui-run';
  node.textContent = run.text;
  node.style.left = cells(run.col, 'width');
  node.style.width = cells(run.cells, 'width');
  node.style.color = style.color;
  if (style.background !== null) node.style.background = style.background;
  if (style.weight !== null) node.style.fontWeight = style.weight;
  if (style.italic) node.style.fontStyle = 'italic';
  if (style.faint) node.style.opacity = '0.65';
  if (style.decoration !== null) node.style.textDecoration = style.decoration;
  return node;
}
