import { signal } from '@preact/signals-core';
import { backoff_ms } from './backoff';
import type { Clock, EventStreamLike, OpenEventStream, TimerId } from './platform';
import { parse_session_event, type SessionStore } from './session-store';

/** Keeps the session store up to date from the server's event stream, and comes back whenever the stream breaks. */
export class SessionFeed {
  readonly connected = signal(false);
  private stream: EventStreamLike | null = null;
  private retry: TimerId | null = null;
  private attempt = 0;

  /** `check` is asked after a failed stream: it finds out whether the person has to sign in again. */
  constructor(
    private readonly store: SessionStore,
    private readonly open: OpenEventStream,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly check: () => Promise<boolean>,
  ) {}

  start(): void {
    if (this.stream) return;
    this.cancel_retry();
    const stream = this.open('/api/sessions/stream');
    this.stream = stream;
    stream.onopen = () => {
      this.attempt = 0;
      this.connected.value = true;
    };
    stream.onevent = (name, data) => {
      const event = parse_session_event(name, data);
      if (event) this.store.apply(event);
    };
    stream.onerror = (final) => {
      this.connected.value = false;
      if (!final) return;
      this.close();
      this.retry_later();
    };
  }

  stop(): void {
    this.cancel_retry();
    this.close();
  }

  /** The network may be back: do not wait for the timer. */
  nudge(): void {
    if (this.retry === null) return;
    this.attempt = 0;
    this.start();
  }

  private retry_later(): void {
    const delay = backoff_ms(this.attempt++, this.random);
    this.retry = this.clock.set_timer(() => {
      this.retry = null;
      this.check().then(
        (may_continue) => {
          if (may_continue) this.start();
        },
        () => this.retry_later(),
      );
    }, delay);
  }

  private cancel_retry(): void {
    if (this.retry !== null) this.clock.clear_timer(this.retry);
    this.retry = null;
  }

  private close(): void {
    const stream = this.stream;
    this.stream = null;
    this.connected.value = false;
    if (!stream) return;
    stream.onevent = null;
    stream.onerror = null;
    stream.onopen = null;
    stream.close();
  }
}
