import { batch, computed, signal } from '@preact/signals';
import type { TerminalInfo } from '../core/api-types';
import { BlockCutter, type BlockInfo } from '../core/blocks';
import { AttachClient, type AttachDeps, type AttachState } from '../core/attach-client';
import type { AskState, CommandState, Presence, ServerMessage, SizePolicy } from '../core/attach-protocol';
import { Disposables, Emitter } from '../core/emitter';
import type { Grid } from '../core/fit';
import { with_modifiers, type StickyModifiers } from '../core/keymap';
import { count_lines, runs_commands, sanitize_paste } from '../core/paste';
import type { Prefs } from '../core/prefs';
import { no_ui, read_ui, type ScreenUi } from '../core/screen-ui';
import { BlockMarks } from './block-marks';
import type { Appearance } from './palettes';
import { Screen } from './screen';

/** What a host asks of the program around it. */
export interface HostServices {
  attach: AttachDeps;
  /** A new word for every connection: sequence numbers start over with each. */
  input_token: () => string;
  link_hint: () => string;
  open_link: (event: MouseEvent, uri: string) => void;
  confirm_paste: (text: string, lines: number) => Promise<boolean>;
  offer_clipboard: (text: string) => void;
  copy: (text: string) => void;
  copy_on_select: () => boolean;
  report: (problem: { kind: 'refused'; message: string } | { kind: 'input_lost' }) => void;
}

export interface CommandStatus {
  state: CommandState;
  exit_code: number | null;
  duration_ms: number | null;
  cwd: string | null;
}

export interface AskStatus {
  state: AskState;
  prefill: string | null;
  message: string | null;
  /** What the suggestion would destroy. */
  warning: string | null;
}

export interface ExitStatus {
  code: number | null;
  signal: string | null;
}

/** A connection that is away for longer than this is worth a word. */
const patience_ms = 500;
/** A tab that is looked away from for a moment keeps its stream. */
const hide_after_ms = 3000;
const copy_delay_ms = 120;

const encoder = new TextEncoder();

/** One terminal of this window: its emulator, its connection, and what the server says about it. */
export class TerminalHost {
  readonly screen: Screen;
  readonly connection = signal<AttachState>({ phase: 'idle' });
  readonly overdue = signal(false);
  readonly seen_live = signal(false);
  readonly role = signal('');
  readonly me = signal<string | null>(null);
  readonly viewers = signal<readonly Presence[]>([]);
  readonly held_by = signal<string | null>(null);
  readonly size_policy = signal<SizePolicy>('active');
  readonly command = signal<CommandStatus | null>(null);
  readonly ask = signal<AskStatus | null>(null);
  readonly exit = signal<ExitStatus | null>(null);
  readonly grid = signal<Grid>({ cols: 80, rows: 24 });
  readonly wanted = signal<Grid>({ cols: 80, rows: 24 });
  readonly bells = signal(0);
  readonly ui = signal<ScreenUi>(no_ui);
  readonly at_end = signal(true);
  readonly sticky = signal<StickyModifiers>({ ctrl: false, alt: false });
  readonly read_only = computed(() => this.role.value === 'viewer');
  /** May take control and send others away. */
  readonly owner = computed(() => this.role.value === 'owner');
  /** May change the terminal itself. */
  readonly manages = computed(() => this.owner.value || this.role.value === 'agent');
  readonly asking = computed(() => this.ask.value?.state === 'thinking' || this.ask.value?.state === 'streaming');
  readonly own_size = computed(
    () =>
      this.grid.value.cols === this.wanted.value.cols &&
      this.grid.value.rows + this.ui.value.top + this.ui.value.bottom === this.wanted.value.rows,
  );

  /** Something happened that a person looking elsewhere may want to know. */
  readonly on_news = new Emitter<void>();
  /** The terminal no longer exists. */
  readonly on_closed = new Emitter<void>();
  readonly on_info = new Emitter<Partial<TerminalInfo>>();
  readonly on_command_ended = new Emitter<BlockInfo>();

  readonly blocks: BlockMarks;
  private readonly cutter = new BlockCutter();
  private last_ended = 0;

  private readonly client: AttachClient;
  private readonly disposables = new Disposables();
  private overdue_timer: number | null = null;
  private hide_timer: number | null = null;
  private copy_timer: number | null = null;

  constructor(
    readonly id: string,
    prefs: Prefs,
    appearance: Appearance,
    private readonly services: HostServices,
  ) {
    this.screen = new Screen(prefs, appearance, {
      input: (text) => this.type(text),
      input_bytes: (bytes) => this.send(bytes),
      wanted_size: (grid) => this.want(grid),
      link: (event, uri) => services.open_link(event, uri),
      link_hint: services.link_hint,
      clipboard_request: (text) => services.offer_clipboard(text),
      selection: (text) => this.selected(text),
      scrolled: (at_end) => {
        this.at_end.value = at_end;
      },
    });
    const sink = {
      output: (bytes: Uint8Array, drawn: () => void, offset: number) => this.draw(bytes, drawn, offset),
      snapshot: (cols: number, rows: number, bytes: Uint8Array, drawn: () => void, offset: number) => {
        this.grid.value = { cols, rows };
        const placed = this.cutter.snapshot(offset);
        this.screen.snapshot({ cols, rows }, bytes, () => {
          this.blocks.replace(placed);
          drawn();
        });
      },
    };
    this.blocks = new BlockMarks(this.screen.terminal);
    this.client = new AttachClient(id, services.input_token(), sink, services.attach, this.wanted.value);
    this.disposables.add(this.client.on_state.on((state) => this.connection_changed(state)));
    this.disposables.add(this.client.on_message.on((message) => this.receive(message)));
    this.disposables.add(this.client.on_input_lost.on(() => services.report({ kind: 'input_lost' })));
  }

  connect(): void {
    this.client.start();
  }

  nudge(): void {
    this.client.nudge();
  }

  /** Whether a person can see it: the right tab of a page that is in front. */
  set_shown(shown: boolean): void {
    if (this.hide_timer !== null) window.clearTimeout(this.hide_timer);
    this.hide_timer = null;
    this.screen.set_shown(shown);
    if (shown) this.client.set_visible(true);
    else this.hide_timer = window.setTimeout(() => this.client.set_visible(false), hide_after_ms);
  }

  /** Keys from the key bar, as the program shall get them. */
  press(sequence: string): void {
    this.type(sequence);
    this.screen.focus();
  }

  toggle_sticky(name: keyof StickyModifiers): void {
    this.sticky.value = { ...this.sticky.value, [name]: !this.sticky.value[name] };
    this.screen.focus();
  }

  async paste(text: string): Promise<void> {
    const clean = sanitize_paste(text);
    if (clean === '' || this.read_only.value) return;
    const needs_consent = runs_commands(clean) && !this.screen.bracketed_paste;
    if (needs_consent && !(await this.services.confirm_paste(clean, count_lines(clean)))) {
      this.screen.focus();
      return;
    }
    this.screen.paste(clean);
    this.screen.focus();
  }

  take_control(take: boolean): void {
    this.client.post({ type: 'control', take });
  }

  set_size_policy(policy: SizePolicy): void {
    this.client.post({ type: 'size_policy', policy });
  }

  /** The server puts it there if the line is still empty, and then says that nothing waits any more. */
  put_prefill(): void {
    this.client.post({ type: 'prefill' });
    this.screen.focus();
  }

  /** The program gets the keys again, whoever had them. */
  release_input(): void {
    this.client.post({ type: 'release_input' });
  }

  cancel_ask(): void {
    this.client.post({ type: 'ask_cancel' });
  }

  dismiss_ask(): void {
    this.ask.value = null;
    this.screen.focus();
  }

  dispose(): void {
    for (const timer of [this.overdue_timer, this.hide_timer, this.copy_timer]) if (timer !== null) window.clearTimeout(timer);
    this.disposables.dispose();
    this.client.stop();
    this.blocks.dispose();
    this.screen.dispose();
  }

  /** Output is cut where a command starts or ends, so that the emulator stands exactly there. */
  private draw(bytes: Uint8Array, drawn: () => void, offset: number): void {
    const cuts = this.cutter.output(offset, bytes);
    cuts.forEach((cut, index) => {
      this.screen.write(cut.bytes, () => {
        for (const event of cut.events) this.blocks.apply(event);
        if (index === cuts.length - 1) drawn();
      });
    });
  }

  private block_told(message: Extract<ServerMessage, { type: 'block' }>): void {
    const due = this.cutter.add(message);
    if (due) this.screen.terminal.write('', () => this.blocks.apply(due));
    const { block } = message;
    // After a lost connection it may be told again.
    if (block.status === 'running' || block.seq <= this.last_ended) return;
    this.last_ended = block.seq;
    this.on_command_ended.fire(block);
  }

  private show_ui(ui: ScreenUi): void {
    this.ui.value = ui;
    this.screen.show_ui(ui);
  }

  private type(text: string): void {
    const sticky = this.sticky.value;
    if (sticky.ctrl || sticky.alt) {
      this.sticky.value = { ctrl: false, alt: false };
      this.send(encoder.encode(with_modifiers(text, sticky)));
    } else {
      this.send(encoder.encode(text));
    }
  }

  private send(bytes: Uint8Array): void {
    if (!this.read_only.value) this.client.send(bytes);
  }

  private want(grid: Grid): void {
    this.wanted.value = grid;
    if (!this.read_only.value) this.client.resize(grid.cols, grid.rows);
  }

  private selected(text: string): void {
    if (this.copy_timer !== null) window.clearTimeout(this.copy_timer);
    this.copy_timer = null;
    if (text === '' || !this.services.copy_on_select()) return;
    // The selection changes with every cell the mouse crosses; one copy when it rests is enough.
    this.copy_timer = window.setTimeout(() => this.services.copy(text), copy_delay_ms);
  }

  private connection_changed(state: AttachState): void {
    this.connection.value = state;
    if (state.phase === 'ended' && state.reason === 'closed') this.on_closed.fire();
    const away = state.phase === 'connecting' || state.phase === 'waiting';
    if (!away) {
      if (this.overdue_timer !== null) window.clearTimeout(this.overdue_timer);
      this.overdue_timer = null;
      this.overdue.value = false;
    } else if (this.overdue_timer === null && !this.overdue.value) {
      this.overdue_timer = window.setTimeout(() => {
        this.overdue_timer = null;
        this.overdue.value = true;
      }, patience_ms);
    }
  }

  private receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.greeted(message);
        break;
      case 'size':
        this.grid.value = { cols: message.cols, rows: message.rows };
        this.screen.resize(this.grid.value);
        break;
      case 'title':
        this.on_info.fire({ title: message.title });
        break;
      case 'bell':
        this.bells.value++;
        this.on_news.fire();
        break;
      case 'presence':
        this.viewers.value = message.viewers;
        break;
      case 'control':
        this.held_by.value = message.held_by;
        break;
      case 'size_policy':
        this.size_policy.value = message.policy;
        break;
      case 'command':
        this.command_changed(message);
        break;
      case 'block':
        this.block_told(message);
        break;
      case 'blocks':
        this.cutter.expect(message.offset, message.blocks);
        break;
      case 'ask':
        this.ask.value = {
          state: message.state,
          prefill: message.prefill ?? null,
          message: message.message ?? null,
          warning: message.warning ?? null,
        };
        break;
      case 'ui':
        this.show_ui(read_ui(message));
        break;
      case 'exit':
        this.exit.value = { code: message.code, signal: message.signal };
        this.on_info.fire({ alive: false, exit_code: message.code });
        break;
      case 'input_refused':
        this.services.report({ kind: 'refused', message: message.message });
        break;
      case 'error':
        this.services.report({ kind: 'refused', message: message.error.message });
        break;
      case 'closed':
      case 'input_ack':
      case 'ping':
      case 'pong':
        break;
    }
  }

  private greeted(hello: Extract<ServerMessage, { type: 'hello' }>): void {
    batch(() => {
      this.seen_live.value = true;
      this.role.value = hello.role;
      this.me.value = hello.viewer;
      this.size_policy.value = hello.size_policy;
      this.grid.value = { cols: hello.cols, rows: hello.rows };
      // What was going on before may be over; the server says again what still holds.
      this.ask.value = null;
      this.held_by.value = null;
      this.show_ui(no_ui);
      const { state, cwd } = hello.terminal;
      if (state === 'prompt' || state === 'running' || state === 'unknown') {
        const known = this.command.value?.state === state ? this.command.value : null;
        this.command.value = known ?? { state, exit_code: null, duration_ms: null, cwd: cwd ?? null };
      }
    });
    this.screen.resize(this.grid.value);
    this.screen.terminal.options.disableStdin = this.read_only.value;
  }

  private command_changed(message: Extract<ServerMessage, { type: 'command' }>): void {
    const ended = this.command.value?.state === 'running' && message.state === 'prompt';
    const { state, exit_code, duration_ms, cwd } = message;
    batch(() => {
      this.command.value = {
        state,
        exit_code: exit_code ?? null,
        duration_ms: duration_ms ?? null,
        cwd: cwd ?? this.command.value?.cwd ?? null,
      };
      // A suggestion belongs to the prompt it was made for.
      if (state === 'running') this.ask.value = null;
    });
    if (ended) this.on_news.fire();
  }
}
