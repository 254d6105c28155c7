import { Terminal, type IDisposable } from '@xterm/xterm';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Disposables } from '../core/emitter';
import type { Grid } from '../core/fit';
import type { Prefs } from '../core/prefs';
import { no_ui, type ScreenUi } from '../core/screen-ui';
import { guard_erase } from '../core/erase-guard';
import { suppress_replies } from '../core/reply-filter';
import { font_family } from './fonts';
import { GpuRenderer } from './gpu';
import { follow_server_unicode } from './graphemes';
import { Layout } from './layout';
import { LinkTip } from './links';
import { clipboard_write } from './osc52';
import { OverlayLayer, type LabelOf } from './overlay-layer';
import { minimum_contrast, palettes, type Appearance } from './palettes';

export interface ScreenEvents {
  /** Keys, mouse reports, focus reports and pastes, as the program shall get them. */
  input(text: string): void;
  /** Bytes that are not UTF-8 text: mouse reports in the oldest encoding. */
  input_bytes(bytes: Uint8Array): void;
  /** The size that would fill the container. */
  wanted_size(grid: Grid): void;
  link(event: MouseEvent, uri: string): void;
  link_hint(): string;
  clipboard_request(text: string): void;
  selection(text: string): void;
  scrolled(at_end: boolean): void;
}

const focus_in = '\x1b[I';
const focus_out = '\x1b[O';
/** Cancels a half-read sequence, restores changed colours, resets, and holds drawing back until the snapshot is complete. */
const before_snapshot = '\x18\x1b]104\x07\x1b]110\x07\x1b]111\x07\x1b]112\x07\x1bc\x1b[?2026h';
const after_snapshot = '\x1b[?2026l';

/** One emulator: everything that knows xterm.js, and nothing that knows the server. */
export class Screen {
  readonly element = document.createElement('div');
  readonly terminal: Terminal;
  private readonly frame = document.createElement('div');
  private readonly layout: Layout;
  private readonly overlays: OverlayLayer;
  private readonly gpu: GpuRenderer;
  private readonly disposables = new Disposables();
  private snapshots_being_read = 0;
  private shown = false;
  private ui: ScreenUi = no_ui;
  private followed = '';
  private use_gpu: boolean;

  constructor(prefs: Prefs, appearance: Appearance, private readonly events: ScreenEvents) {
    this.element.className = 'screen';
    this.frame.className = 'screen-frame';
    this.element.append(this.frame);
    this.use_gpu = prefs.gpu;
    this.terminal = new Terminal({
      allowProposedApi: true,
      fontFamily: font_family,
      fontWeightBold: 700,
      overviewRuler: { width: 10 },
      rightClickSelectsWord: false,
      macOptionClickForcesSelection: true,
      rescaleOverlappingGlyphs: true,
      cursorInactiveStyle: 'outline',
      ...options_from(prefs, appearance),
    });
    this.gpu = new GpuRenderer(this.terminal);
    this.layout = new Layout(this.element, this.frame, this.terminal, prefs.font_size, (grid) => events.wanted_size(grid), () => this.place_overlays());
    this.overlays = new OverlayLayer(this.terminal);
    this.add_addons();
    this.listen();
    this.terminal.open(this.frame);
    this.frame.append(this.overlays.element);
    this.layout.start();
  }

  /** Shows new output; `drawn` is called when the emulator has taken it in. */
  write(bytes: Uint8Array, drawn: () => void): void {
    this.terminal.write(bytes, drawn);
  }

  /** Replaces everything, keeping the place in the scrollback if the person has scrolled up. */
  snapshot(grid: Grid, bytes: Uint8Array, drawn: () => void): void {
    const terminal = this.terminal;
    let lines_above_end = 0;
    terminal.write('', () => {
      const { baseY, viewportY } = terminal.buffer.active;
      lines_above_end = baseY - viewportY;
      this.snapshots_being_read++;
    });
    terminal.write(before_snapshot, () => this.layout.set_grid(grid));
    terminal.write(bytes);
    terminal.write(after_snapshot, () => {
      this.snapshots_being_read--;
      if (lines_above_end > 0) terminal.scrollToLine(Math.max(0, terminal.buffer.active.baseY - lines_above_end));
      drawn();
    });
  }

  /** The program's size changed; takes effect after the output received so far. */
  resize(grid: Grid): void {
    this.terminal.write('', () => this.layout.set_grid(grid));
  }

  /** What programs draw over and around it. */
  show_ui(ui: ScreenUi): void {
    this.ui = ui;
    this.layout.set_panels(ui.top, ui.bottom);
    this.place_overlays();
  }

  label_ui(label_of: LabelOf): void {
    this.overlays.set_label(label_of);
  }

  apply(prefs: Prefs, appearance: Appearance): void {
    Object.assign(this.terminal.options, options_from(prefs, appearance));
    this.layout.set_font_size(prefs.font_size);
    this.place_overlays();
    if (this.use_gpu !== prefs.gpu) {
      this.use_gpu = prefs.gpu;
      this.update_gpu();
    }
  }

  /** Called after the element was put into the page or its container was shown or hidden. */
  set_shown(shown: boolean): void {
    if (this.shown === shown) return;
    this.shown = shown;
    this.update_gpu();
    if (shown) this.layout.update();
  }

  focus(): void {
    this.terminal.focus();
  }

  paste(text: string): void {
    this.terminal.paste(text);
  }

  get bracketed_paste(): boolean {
    return this.terminal.modes.bracketedPasteMode;
  }

  dispose(): void {
    this.disposables.dispose();
    this.layout.stop();
    this.gpu.disable();
    this.terminal.dispose();
    this.element.remove();
  }

  private follow_cells(): void {
    if (this.ui.elements.length === 0) return;
    const { cols, rows, options } = this.terminal;
    const seen = `${cols} ${rows} ${options.fontSize ?? 0}`;
    if (seen === this.followed) return;
    this.followed = seen;
    this.layout.set_panels(this.ui.top, this.ui.bottom);
  }

  private place_overlays(): void {
    const cells = this.layout.cells();
    const { cols, rows } = this.terminal;
    if (cells) this.overlays.show(this.ui, { ...cells, cols, rows });
  }

  private update_gpu(): void {
    if (this.shown && this.use_gpu) this.gpu.enable().catch(() => undefined);
    else this.gpu.disable();
  }

  private add_addons(): void {
    const { terminal, events } = this;
    this.disposables.add(follow_server_unicode(terminal));
    const tip = new LinkTip(this.element, () => events.link_hint());
    const activate = (event: MouseEvent, uri: string): void => events.link(event, uri);
    const hover = (event: MouseEvent, uri: string): void => tip.show(event, uri);
    const leave = (): void => tip.hide();
    terminal.loadAddon(new WebLinksAddon(activate, { hover, leave }));
    terminal.options.linkHandler = { activate, hover, leave, allowNonHttpProtocols: true };
  }

  private listen(): void {
    const { terminal, events } = this;
    this.disposables.add(suppress_replies(terminal.parser));
    this.disposables.add(guard_erase(terminal));
    const keep = (listener: IDisposable): void => this.disposables.add(() => listener.dispose());
    keep(
      terminal.parser.registerOscHandler(52, (data) => {
        const text = clipboard_write(data);
        if (text !== null && this.snapshots_being_read === 0) events.clipboard_request(text);
        return true;
      }),
    );
    keep(
      terminal.onData((data) => {
        // Switching focus reporting on makes the emulator report at once; doing so for a replay would be a made-up event.
        if (this.snapshots_being_read > 0 && (data === focus_in || data === focus_out)) return;
        events.input(data);
      }),
    );
    keep(terminal.onBinary((data) => events.input_bytes(Uint8Array.from(data, (char) => char.charCodeAt(0)))));
    // The emulator draws a new size or font a moment later.
    keep(terminal.onRender(() => this.follow_cells()));
    keep(terminal.onSelectionChange(() => events.selection(terminal.getSelection())));
    const report_scroll = (): void => {
      const { baseY, viewportY } = terminal.buffer.active;
      events.scrolled(viewportY >= baseY);
    };
    keep(terminal.onScroll(report_scroll));
    keep(terminal.onWriteParsed(report_scroll));
    const fonts_changed = (): void => {
      this.gpu.refresh();
      this.layout.update();
    };
    document.fonts.addEventListener('loadingdone', fonts_changed);
    this.disposables.add(() => document.fonts.removeEventListener('loadingdone', fonts_changed));
  }
}

function options_from(prefs: Prefs, appearance: Appearance) {
  return {
    theme: palettes[appearance],
    minimumContrastRatio: minimum_contrast[appearance],
    lineHeight: prefs.line_height,
    scrollback: prefs.scrollback,
    cursorStyle: prefs.cursor_style,
    cursorBlink: prefs.cursor_blink,
    screenReaderMode: prefs.screen_reader,
    macOptionIsMeta: prefs.option_is_meta,
  };
}
