import { signal } from '@preact/signals-core';
import type { AccessRequest, Activity } from './api-types';
import { backoff_ms } from './backoff';
import type { Clock, OpenSocket, SocketLike, TimerId } from './platform';

/** As many calls as the list shows; the server remembers about as many. */
const most = 500;
/** The server pings every 15 s; a connection that is quiet for longer than this is dead. */
const silence_limit_ms = 40_000;

export interface ActivityDeps {
  clock: Clock;
  random: () => number;
  ticket: () => Promise<string>;
  open_socket: OpenSocket;
}

/** The newest first; a call that is told again takes its own place. */
export function with_activity(list: readonly Activity[], activity: Activity): readonly Activity[] {
  const at = list.findIndex((known) => known.id === activity.id);
  if (at >= 0) return list.map((known, index) => (index === at ? activity : known));
  return [activity, ...list].slice(0, most);
}

/** The owner and whoever has signed in are people, whatever they use; tokens and the AI are programs. */
export function by_program(activity: Activity): boolean {
  return activity.kind !== 'owner' && activity.kind !== 'session';
}

/** What agents do, as it happens, and who asks for access. It comes back whenever its connection breaks. */
export class ActivityFeed {
  readonly activities = signal<readonly Activity[]>([]);
  readonly requests = signal<readonly AccessRequest[]>([]);
  private socket: SocketLike | null = null;
  private running = false;
  private attempt = 0;
  private retry: TimerId | null = null;
  private watchdog: TimerId | null = null;
  private generation = 0;

  constructor(private readonly deps: ActivityDeps) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.drop();
    this.requests.value = [];
  }

  /** The network may be back: do not wait for the timer. */
  nudge(): void {
    if (!this.running || this.retry === null) return;
    this.attempt = 0;
    this.clear();
    this.connect();
  }

  /** Takes a request off the list before the server tells that it was decided. */
  decided(id: string): void {
    this.requests.value = this.requests.value.filter((request) => request.request_id !== id);
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
    socket.onopen = () => socket.send(JSON.stringify({ id: 'activity', method: 'activity.stream', params: {} }));
    socket.onmessage = ({ data }) => {
      this.watch();
      if (typeof data === 'string') this.take(socket, data);
    };
    socket.onclose = () => {
      this.drop();
      if (this.running) this.retry_later();
    };
  }

  private take(socket: SocketLike, text: string): void {
    let frame: { type?: string; id?: string; data?: { event?: string } };
    try {
      frame = JSON.parse(text) as typeof frame;
    } catch {
      return;
    }
    if (frame.type === 'ping') {
      socket.send('{"type":"pong"}');
    } else if (frame.type === 'progress' && frame.id === 'activity') {
      this.attempt = 0;
      this.apply(frame.data ?? {});
    } else if (frame.id === 'activity') {
      // The stream has no end: an answer means that it was refused or that the server goes.
      socket.close();
      this.drop();
      if (this.running) this.retry_later();
    }
  }

  private apply(item: { event?: string }): void {
    if (item.event === 'snapshot') {
      const { activities } = item as unknown as { activities: Activity[] };
      this.activities.value = [...activities].sort((a, b) => b.id - a.id);
    } else if (item.event === 'activity') {
      this.activities.value = with_activity(this.activities.value, item as unknown as Activity);
    } else if (item.event === 'access') {
      this.requests.value = (item as unknown as { requests: AccessRequest[] }).requests;
    }
  }

  private watch(): void {
    if (this.watchdog !== null) this.deps.clock.clear_timer(this.watchdog);
    this.watchdog = this.deps.clock.set_timer(() => {
      this.drop();
      if (this.running) this.retry_later();
    }, silence_limit_ms);
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
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
