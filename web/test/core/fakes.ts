import type { AttachSink } from '../../src/core/attach-client';
import type { Clock, EventStreamLike, HttpRequest, HttpResponse, KeyValueStore, SocketLike } from '../../src/core/platform';
import type { TerminalInfo } from '../../src/core/api-types';

export class FakeClock implements Clock {
  private time = 1000;
  private next_id = 1;
  private timers = new Map<number, { at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  set_timer(run: () => void, delay_ms: number): number {
    const id = this.next_id++;
    this.timers.set(id, { at: this.time + delay_ms, run });
    return id;
  }

  clear_timer(id: number): void {
    this.timers.delete(id);
  }

  /** Runs everything due within the span, in order, also what those timers set. */
  advance(span_ms: number): void {
    const end = this.time + span_ms;
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = due[1].at;
      due[1].run();
    }
    this.time = end;
  }

  get pending(): number {
    return this.timers.size;
  }
}

export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: (string | Uint8Array)[] = [];
  closed = false;

  constructor(readonly path: string) {}

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
  }

  query(name: string): string | null {
    return new URL(this.path, 'http://x').searchParams.get(name);
  }

  hello(fields: Record<string, unknown> = {}): void {
    this.text({ type: 'hello', protocol: 1, epoch: 'e1', viewer: 'v1', role: 'typist', cols: 80, rows: 24, ...fields });
  }

  text(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  output(offset: number, text: string): void {
    const body = new TextEncoder().encode(text);
    const frame = new Uint8Array(9 + body.length);
    frame[0] = 1;
    new DataView(frame.buffer).setBigUint64(1, BigInt(offset));
    frame.set(body, 9);
    this.onmessage?.({ data: frame.buffer });
  }

  snapshot(offset: number, cols: number, rows: number, text: string): void {
    const body = new TextEncoder().encode(text);
    const frame = new Uint8Array(13 + body.length);
    const view = new DataView(frame.buffer);
    frame[0] = 2;
    view.setBigUint64(1, BigInt(offset));
    view.setUint16(9, cols);
    view.setUint16(11, rows);
    frame.set(body, 13);
    this.onmessage?.({ data: frame.buffer });
  }

  drop(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  /** The input frames sent so far, as [sequence, text]. */
  inputs(): [number, string][] {
    return this.binary(1).map((frame) => [
      new DataView(frame.buffer).getUint32(1),
      new TextDecoder().decode(frame.subarray(5)),
    ]);
  }

  acks(): number[] {
    return this.binary(2).map((frame) => Number(new DataView(frame.buffer).getBigUint64(1)));
  }

  texts(): Record<string, unknown>[] {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data) as Record<string, unknown>);
  }

  private binary(kind: number): Uint8Array[] {
    return this.sent.filter((data): data is Uint8Array => data instanceof Uint8Array && data[0] === kind);
  }
}

/** Remembers what it was given; `draw()` is xterm.js having drawn the oldest piece. */
export class FakeSink implements AttachSink {
  readonly shown: string[] = [];
  private waiting: (() => void)[] = [];

  output(bytes: Uint8Array, drawn: () => void): void {
    this.shown.push(new TextDecoder().decode(bytes));
    this.waiting.push(drawn);
  }

  snapshot(cols: number, rows: number, bytes: Uint8Array, drawn: () => void): void {
    this.shown.push(`[${cols}x${rows}]${new TextDecoder().decode(bytes)}`);
    this.waiting.push(drawn);
  }

  draw(): void {
    this.waiting.shift()?.();
  }
}

export class FakeStorage implements KeyValueStore {
  readonly values = new Map<string, string>();

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.values.set(key, value);
  }
}

export class FakeEventStream implements EventStreamLike {
  onevent: ((name: string, data: string) => void) | null = null;
  onopen: (() => void) | null = null;
  onerror: ((final: boolean) => void) | null = null;
  closed = false;

  close(): void {
    this.closed = true;
  }
}

/** Answers each request with the next prepared response and records it. */
export class FakeHttp {
  readonly requests: HttpRequest[] = [];
  private answers: (HttpResponse | Error)[] = [];

  answer(status: number, body: unknown, retry_after?: number): this {
    this.answers.push({ status, text: body === undefined ? '' : JSON.stringify(body), retry_after });
    return this;
  }

  fail(): this {
    this.answers.push(new Error('no network'));
    return this;
  }

  readonly transport = (request: HttpRequest): Promise<HttpResponse> => {
    this.requests.push(request);
    const next = this.answers.shift() ?? { status: 500, text: '' };
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
}

export function terminal(id: string, fields: Partial<TerminalInfo> = {}): TerminalInfo {
  return {
    id, type: 'local', connection_id: null, title: '', name: null, host: null, port: null, username: null, cwd: '/', cols: 80,
    rows: 24, alive: true, created_at: '2024-01-01T00:00:00Z', created_by: 'user', user_visible: true, transient: false,
    is_user_active: false, size: 0, idle_seconds: 0, ttl_seconds: 0, last_user_input_at: null, last_command: null, tags: [],
    exit_code: null, epoch: 'e1', ...fields,
  };
}

/** Lets promise callbacks run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
