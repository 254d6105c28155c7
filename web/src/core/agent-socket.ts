import { backoff_ms } from './backoff';
import { Emitter } from './emitter';
import type { Clock, OpenSocket, SocketLike, TimerId } from './platform';
import { ApiError } from './rpc-client';

/** The server pings every 15 s; a connection that is quiet for longer than this is dead. */
const silence_limit_ms = 40_000;

export interface AgentSocketDeps {
  clock: Clock;
  random: () => number;
  ticket: () => Promise<string>;
  open_socket: OpenSocket;
}

interface Running {
  progress: ((data: unknown) => void) | undefined;
  resolve: (data: unknown) => void;
  reject: (error: ApiError) => void;
}

interface Frame {
  type?: string;
  id?: string;
  data?: unknown;
  error?: { code?: number; name?: string; message?: string };
}

const lost = (): ApiError => new ApiError(0, 'unreachable', 'The server does not answer.');

/** Calls with progress and streams, over one WebSocket that comes back whenever it breaks. */
export class AgentSocket {
  /** There is a new connection: whoever wants a stream asks for it now. */
  readonly on_open = new Emitter<void>();
  private socket: SocketLike | null = null;
  private readonly calls = new Map<string, Running>();
  private next_id = 1;
  private running = false;
  private attempt = 0;
  private retry: TimerId | null = null;
  private watchdog: TimerId | null = null;
  private generation = 0;

  constructor(private readonly deps: AgentSocketDeps) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.drop();
  }

  /** The network may be back: do not wait for the timer. */
  nudge(): void {
    if (!this.running || this.retry === null) return;
    this.attempt = 0;
    this.clear();
    this.connect();
  }

  /** What the connection was for is refused or over: it begins anew after a while. */
  renew(): void {
    this.drop();
    if (this.running) this.retry_later();
  }

  /** Rejects with `unreachable` when the connection is lost. A stream tells all by its progress and does not end. */
  call(method: string, params: unknown, progress?: (data: unknown) => void): Promise<unknown> {
    const { socket } = this;
    if (!socket) return Promise.reject(lost());
    const id = `page-${this.next_id++}`;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { progress, resolve, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private connect(): void {
    const generation = ++this.generation;
    this.deps.ticket().then(
      (ticket) => {
        if (generation === this.generation && this.running) this.open(ticket);
      },
      () => {
        if (generation === this.generation && this.running) this.retry_later();
      },
    );
  }

  private open(ticket: string): void {
    const socket = this.deps.open_socket(`/ws/agent?ticket=${encodeURIComponent(ticket)}`);
    this.socket = socket;
    this.watch();
    socket.onopen = () => this.on_open.fire();
    socket.onmessage = ({ data }) => {
      this.watch();
      if (typeof data === 'string') this.take(socket, data);
    };
    socket.onclose = () => this.renew();
  }

  private take(socket: SocketLike, text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {
      return;
    }
    if (frame.type === 'ping') {
      socket.send('{"type":"pong"}');
      return;
    }
    const call = this.calls.get(frame.id ?? '');
    if (frame.id === undefined || !call) return;
    if (frame.type === 'progress') {
      this.attempt = 0;
      call.progress?.(frame.data);
      return;
    }
    this.calls.delete(frame.id);
    if (frame.type === 'result') call.resolve(frame.data);
    else call.reject(new ApiError(frame.error?.code ?? 500, frame.error?.name ?? 'cancelled', frame.error?.message ?? 'The call was cancelled.'));
  }

  private watch(): void {
    if (this.watchdog !== null) this.deps.clock.clear_timer(this.watchdog);
    this.watchdog = this.deps.clock.set_timer(() => this.renew(), silence_limit_ms);
  }

  private retry_later(): void {
    this.clear();
    this.retry = this.deps.clock.set_timer(() => {
      this.retry = null;
      this.connect();
    }, backoff_ms(this.attempt++, this.deps.random));
  }

  private clear(): void {
    for (const timer of [this.retry, this.watchdog]) if (timer !== null) this.deps.clock.clear_timer(timer);
    this.retry = this.watchdog = null;
  }

  private drop(): void {
    this.clear();
    this.generation++;
    const { socket } = this;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const call of calls) call.reject(lost());
  }
}
