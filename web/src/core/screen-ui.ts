/** What programs draw over and around a terminal: the frame `ui` of docs/terminal-websocket.md, checked and in cells. */

export interface UiRun {
  col: number;
  cells: number;
  text: string;
  fg: string | null;
  bg: string | null;
  attributes: readonly string[];
}

export interface UiElement {
  id: string;
  kind: 'overlay' | 'panel';
  /** Edge of a panel. */
  position: 'top' | 'bottom';
  left: number;
  top: number;
  width: number;
  height: number;
  background: string | null;
  focused: boolean;
  by: string;
  rows: readonly (readonly UiRun[])[];
}

export interface ScreenUi {
  mode: 'normal' | 'alt';
  /** Rows of panels above and below the program. */
  top: number;
  bottom: number;
  elements: readonly UiElement[];
  /** Who has the keyboard. */
  capture: { id: string; by: string } | null;
}

export const no_ui: ScreenUi = { mode: 'normal', top: 0, bottom: 0, elements: [], capture: null };

type Fields = Record<string, unknown>;
const is_object = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const whole = (value: unknown, low: number, high: number): number =>
  typeof value === 'number' && Number.isInteger(value) ? Math.max(low, Math.min(high, value)) : Math.max(low, Math.min(high, 0));
const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const most_cells = 1000;
const colour_text = /^(?:\d{1,3}|#[0-9a-f]{6})$/;

function colour_of(value: unknown): string | null {
  return typeof value === 'string' && colour_text.test(value) ? value : null;
}

function run_of(value: unknown): UiRun | null {
  if (!is_object(value)) return null;
  return {
    col: whole(value.col, 0, most_cells),
    cells: whole(value.cells, 0, most_cells),
    text: words(value.text),
    fg: colour_of(value.fg),
    bg: colour_of(value.bg),
    attributes: list(value.attributes).filter((one): one is string => typeof one === 'string'),
  };
}

function element_of(value: unknown): UiElement | null {
  if (!is_object(value) || words(value.id) === '') return null;
  return {
    id: words(value.id),
    kind: value.kind === 'panel' ? 'panel' : 'overlay',
    position: value.position === 'top' ? 'top' : 'bottom',
    left: whole(value.left, -20 * most_cells, 20 * most_cells),
    top: whole(value.top, -20 * most_cells, 20 * most_cells),
    width: whole(value.width, 1, most_cells),
    height: whole(value.height, 1, most_cells),
    background: colour_of(value.background),
    focused: value.focused === true,
    by: words(value.by),
    rows: list(value.rows).map((row) => list(row).map(run_of).filter((run) => run !== null)),
  };
}

/** Never fails: what is malformed is left out. */
export function read_ui(frame: unknown): ScreenUi {
  if (!is_object(frame)) return no_ui;
  const capture = is_object(frame.capture) ? { id: words(frame.capture.id), by: words(frame.capture.by) } : null;
  return {
    mode: frame.mode === 'alt' ? 'alt' : 'normal',
    top: whole(frame.top, 0, most_cells),
    bottom: whole(frame.bottom, 0, most_cells),
    elements: list(frame.elements).map(element_of).filter((one) => one !== null),
    capture,
  };
}

/** The 16 colours of a theme, in the order of their numbers, and what stands for the default. */
export interface UiPalette {
  colours: readonly string[];
  foreground: string;
  background: string;
}

const levels = [0, 95, 135, 175, 215, 255];
const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** A number of the palette or "#rrggbb" as CSS. */
export function css_colour(colour: string, palette: UiPalette): string {
  if (colour.startsWith('#')) return colour;
  const index = Math.min(255, Number(colour));
  if (index < 16) return palette.colours[index] ?? palette.foreground;
  if (index >= 232) {
    const grey = hex(8 + (index - 232) * 10);
    return `#${grey}${grey}${grey}`;
  }
  const cube = index - 16;
  return `#${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => hex(levels[level] ?? 0)).join('')}`;
}

function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** Text without a colour of its own must be readable on whatever stands behind it. */
export function readable_on(background: string, palette: UiPalette): string {
  const { foreground, background: ground } = palette;
  return contrast(foreground, background) >= contrast(ground, background) ? foreground : ground;
}

const least_contrast = 4.5;

/** Names of colours are those of the theme, whatever the background was made for: what cannot be read is moved towards what can. */
export function readable(colour: string, background: string, palette: UiPalette): string {
  const goal = readable_on(background, palette);
  const part = (text: string, at: number): number => Number.parseInt(text.slice(at, at + 2), 16);
  let out = colour;
  for (let step = 1; step <= 10 && contrast(out, background) < least_contrast; step++) {
    out = `#${[1, 3, 5].map((at) => hex(Math.round(part(colour, at) + ((part(goal, at) - part(colour, at)) * step) / 10))).join('')}`;
  }
  return out;
}

export interface RunStyle {
  color: string;
  background: string | null;
  weight: string | null;
  italic: boolean;
  faint: boolean;
  decoration: string | null;
}

export function run_style(run: UiRun, behind: string | null, palette: UiPalette): RunStyle {
  let ground = run.bg === null ? behind : css_colour(run.bg, palette);
  const below = ground ?? palette.background;
  let color = run.fg === null ? readable_on(below, palette) : css_colour(run.fg, palette);
  if (run.fg !== null && !run.fg.startsWith('#')) color = readable(color, below, palette);
  if (run.attributes.includes('inverse')) [color, ground] = [ground ?? palette.background, color];
  const lines = [run.attributes.includes('underline') && 'underline', run.attributes.includes('strike') && 'line-through'].filter((one) => one !== false);
  return {
    color,
    background: ground === behind ? null : ground,
    weight: run.attributes.includes('bold') ? '700' : null,
    italic: run.attributes.includes('italic'),
    faint: run.attributes.includes('faint'),
    decoration: lines.length > 0 ? lines.join(' ') : null,
  };
}
