import {
  attach_path,
  decode_binary,
  decode_text,
  encode_ack,
  encode_input,
  type BinaryFrame,
  type ClientMessage,
  type ServerMessage,
} from './attach-protocol';
import { backoff_ms } from './backoff';
import { Emitter } from './emitter';
import { ack_idle_ms, AckMeter } from './flow-control';
import { InputQueue, type SequencedInput } from './input-queue';
import type { Clock, OpenSocket, SocketLike, TimerId } from './platform';
import { ApiError } from './rpc-client';

/** Where output goes. `drawn` must be called once the bytes are on the screen; it moves the flow-control window. */
export interface AttachSink {
  output(bytes: Uint8Array, drawn: () => void, offset: number): void;
  snapshot(cols: number, rows: number, bytes: Uint8Array, drawn: () => void, offset: number): void;
}

export interface AttachDeps {
  clock: Clock;
  random: () => number;
  ticket: () => Promise<string>;
  open_socket: OpenSocket;
  /** What other viewers see. */
  viewer_name: string;
}

export type EndReason = 'closed' | 'gone' | 'denied' | 'removed' | 'signed_out';

export type AttachState =
  | { phase: 'idle' }
  | { phase: 'connecting' }
  | { phase: 'live' }
  | { phase: 'waiting' }
  | { phase: 'ended'; reason: EndReason };

const connect_timeout_ms = 10_000;
const silence_limit_ms = 40_000;
const watchdog_period_ms = 5_000;
/** Longer than the server's ping period: a quieter connection is asked for a sign of life when attention returns. */
const suspicious_silence_ms = 17_000;
const probe_timeout_ms = 4_000;
/** A connection that lived this long counts as good, and the next failure starts from the shortest delay. */
const settled_after_ms = 3_000;

/** The reason that 4403 comes with when the owner has sent this viewer away. */
const sent_away = 'removed';
const end_codes: Record<number, EndReason> = { 4401: 'signed_out', 4403: 'denied', 4404: 'gone' };

/**
 * One terminal's connection. It survives everything but an answer that says there is nothing to connect to: it keeps the
 * offset of the last byte it has handed on, continues from there, and resends input the server has not acknowledged.
 */
export class AttachClient {
  readonly on_state = new Emitter<AttachState>();
  readonly on_message = new Emitter<ServerMessage>();
  /** Keys that were not sent: too many waiting, or too old when the connection came back. */
  readonly on_input_lost = new Emitter<number>();

  private current: AttachState = { phase: 'idle' };
  private socket: SocketLike | null = null;
  private generation = 0;
  private attempt = 0;
  private timers = new Map<'retry' | 'connect' | 'watchdog' | 'ack' | 'probe', TimerId>();
  private epoch: string | null = null;
  private next_offset: number | null = null;
  private last_heard = 0;
  private live_since = 0;
  private visible = true;
  private size: { cols: number; rows: number };
  private readonly acks = new AckMeter();
  private readonly input = new InputQueue();

  constructor(
    private readonly id: string,
    private readonly input_token: string,
    private readonly sink: AttachSink,
    private readonly deps: AttachDeps,
    size: { cols: number; rows: number },
  ) {
    this.size = size;
  }

  get state(): AttachState {
    return this.current;
  }

  /** Connects, also again after an end (the person signed in again). Does nothing while connected. */
  start(): void {
    if (this.current.phase === 'idle' || this.current.phase === 'ended') {
      this.attempt = 0;
      this.connect();
    }
  }

  /** Lets go of the terminal; it goes on in the server. */
  stop(): void {
    this.drop_socket();
    this.set_state({ phase: 'idle' });
  }

  /** Something suggests that the network is back or that somebody looks: retry now, or check that we are connected. */
  nudge(): void {
    if (this.current.phase === 'waiting') {
      this.attempt = 0;
      this.connect();
    } else if (this.current.phase === 'live' && this.silence() > suspicious_silence_ms && !this.timers.has('probe')) {
      this.post({ type: 'ping' });
      this.set_timer('probe', probe_timeout_ms, () => this.lost());
    }
  }

  send(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.current.phase === 'ended') return;
    if (!this.input.push(bytes, this.deps.clock.now())) this.on_input_lost.fire(bytes.length);
    this.pump_input();
  }

  resize(cols: number, rows: number): void {
    if (cols === this.size.cols && rows === this.size.rows) return;
    this.size = { cols, rows };
    this.post({ type: 'resize', cols, rows });
  }

  set_visible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.post({ type: 'visible', visible });
    if (visible) this.nudge();
  }

  /** Sends a control frame if connected; there is no point in sending it later. */
  post(message: ClientMessage): void {
    if (this.current.phase === 'live') this.socket?.send(JSON.stringify(message));
  }

  private connect(): void {
    this.drop_socket();
    const generation = this.generation;
    this.set_state({ phase: 'connecting' });
    this.set_timer('connect', connect_timeout_ms, () => this.lost());
    this.deps.ticket().then(
      (ticket) => {
        if (generation === this.generation) this.open(ticket, generation);
      },
      (error: unknown) => {
        if (generation !== this.generation) return;
        if (error instanceof ApiError && error.status === 401) this.end('signed_out');
        else if (error instanceof ApiError && error.status === 403) this.end('denied');
        else this.lost();
      },
    );
  }

  private open(ticket: string, generation: number): void {
    const resume =
      this.epoch !== null && this.next_offset !== null ? { epoch: this.epoch, offset: this.next_offset } : null;
    const { cols, rows } = this.size;
    const path = attach_path(this.id, { ticket, cols, rows, input_token: this.input_token, name: this.deps.viewer_name, resume });
    let socket: SocketLike;
    try {
      socket = this.deps.open_socket(path);
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    const asked_for = this.size;
    socket.onmessage = (event) => {
      if (generation === this.generation) this.receive(event.data, asked_for);
    };
    socket.onclose = (event) => {
      if (generation !== this.generation) return;
      const reason = end_codes[event.code];
      if (reason) this.end(reason === 'denied' && event.reason === sent_away ? 'removed' : reason);
      else this.lost();
    };
  }

  private receive(data: unknown, asked_for: { cols: number; rows: number }): void {
    this.last_heard = this.deps.clock.now();
    this.clear_timer('probe');
    try {
      if (data instanceof ArrayBuffer) {
        this.binary(decode_binary(data));
      } else if (typeof data === 'string') {
        const message = decode_text(data);
        if (message) this.text(message, asked_for);
      }
    } catch {
      // Whatever is wrong with this connection, the next one continues at the last good offset.
      this.lost();
    }
  }

  private binary(frame: BinaryFrame): void {
    if (frame.kind === 'snapshot') {
      this.next_offset = frame.offset;
      this.acks.restart(frame.offset);
      const epoch = this.epoch;
      this.sink.snapshot(frame.cols, frame.rows, frame.bytes, () => {
        // The window of the server moves to the snapshot only when it hears of it.
        if (epoch === this.epoch) this.acknowledge(this.acks.flush() ?? frame.offset);
      }, frame.offset);
      return;
    }
    if (this.next_offset === null) {
      this.next_offset = frame.offset;
      this.acks.restart(frame.offset);
    }
    const doubled = this.next_offset - frame.offset;
    if (doubled < 0) {
      this.lost();
      return;
    }
    if (doubled >= frame.bytes.length) return;
    const end = frame.offset + frame.bytes.length;
    const epoch = this.epoch;
    this.next_offset = end;
    this.sink.output(doubled === 0 ? frame.bytes : frame.bytes.subarray(doubled), () => {
      if (epoch === this.epoch) this.drawn(end);
    }, frame.offset + doubled);
  }

  private text(message: ServerMessage, asked_for: { cols: number; rows: number }): void {
    switch (message.type) {
      case 'ping':
        this.post({ type: 'pong' });
        return;
      case 'pong':
        return;
      case 'input_ack':
        this.input.acknowledge(message.sequence);
        this.pump_input();
        return;
      case 'hello':
        this.greet(message.epoch, asked_for);
        break;
      case 'input_refused':
        this.input.refuse(message.sequence);
        break;
      case 'closed':
        this.on_message.fire(message);
        this.end('closed');
        return;
      default:
        break;
    }
    this.on_message.fire(message);
  }

  /** The server's first word: from here on we are connected. */
  private greet(epoch: string, asked_for: { cols: number; rows: number }): void {
    if (this.epoch !== epoch) {
      // Another life of the terminal: offsets and keys meant for the old one are void.
      if (this.epoch !== null) this.input.clear();
      this.epoch = epoch;
      this.next_offset = null;
    } else if (this.next_offset !== null) {
      this.acks.restart(this.next_offset);
    }
    this.clear_timer('connect');
    this.live_since = this.deps.clock.now();
    this.set_state({ phase: 'live' });
    this.watch();
    this.acknowledge(this.next_offset);
    if (asked_for !== this.size) this.post({ type: 'resize', ...this.size });
    if (!this.visible) this.post({ type: 'visible', visible: false });
    for (const piece of this.input.unacknowledged()) this.send_piece(piece);
    const lost = this.input.drop_stale(this.deps.clock.now());
    if (lost > 0) this.on_input_lost.fire(lost);
    this.pump_input();
  }

  private pump_input(): void {
    if (this.current.phase !== 'live') return;
    for (const piece of this.input.take_unsent()) this.send_piece(piece);
  }

  private send_piece(piece: SequencedInput): void {
    this.socket?.send(encode_input(piece.sequence, piece.bytes));
  }

  private drawn(offset: number): void {
    const due = this.acks.advance(offset);
    if (due !== null) this.acknowledge(due);
    else if (this.acks.pending && !this.timers.has('ack')) {
      this.set_timer('ack', ack_idle_ms, () => this.acknowledge(this.acks.flush()));
    }
  }

  private acknowledge(offset: number | null): void {
    if (offset !== null && this.current.phase === 'live') this.socket?.send(encode_ack(offset));
  }

  private silence(): number {
    return this.deps.clock.now() - this.last_heard;
  }

  private watch(): void {
    this.set_timer('watchdog', watchdog_period_ms, () => {
      if (this.silence() > silence_limit_ms) this.lost();
      else this.watch();
    });
  }

  /** The connection is gone or useless: try again, soon at first. */
  private lost(): void {
    const was_settled = this.current.phase === 'live' && this.deps.clock.now() - this.live_since >= settled_after_ms;
    if (was_settled) this.attempt = 0;
    this.drop_socket();
    this.set_state({ phase: 'waiting' });
    this.set_timer('retry', backoff_ms(this.attempt++, this.deps.random), () => this.connect());
  }

  private end(reason: EndReason): void {
    this.drop_socket();
    if (reason !== 'signed_out') this.input.clear();
    this.set_state({ phase: 'ended', reason });
  }

  private drop_socket(): void {
    this.generation++;
    for (const name of [...this.timers.keys()]) this.clear_timer(name);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
  }

  private set_timer(name: 'retry' | 'connect' | 'watchdog' | 'ack' | 'probe', delay_ms: number, run: () => void): void {
    this.clear_timer(name);
    const id = this.deps.clock.set_timer(() => {
      this.timers.delete(name);
      run();
    }, delay_ms);
    this.timers.set(name, id);
  }

  private clear_timer(name: 'retry' | 'connect' | 'watchdog' | 'ack' | 'probe'): void {
    const id = this.timers.get(name);
    if (id === undefined) return;
    this.deps.clock.clear_timer(id);
    this.timers.delete(name);
  }

  private set_state(state: AttachState): void {
    this.current = state;
    this.on_state.fire(state);
  }
}
