/** What the core needs from the outside. The browser gives the real ones (`app/platform.ts`), tests give fakes. */

export type TimerId = number;

export interface Clock {
  /** Milliseconds on a clock that only grows. */
  now(): number;
  set_timer(callback: () => void, delay_ms: number): TimerId;
  clear_timer(id: TimerId): void;
}

/** The part of a WebSocket that the attach client uses; `binaryType` is "arraybuffer". */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
}

export type OpenSocket = (path: string) => SocketLike;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpResponse {
  status: number;
  text: string;
  /** The `Retry-After` header in seconds, if there was one. */
  retry_after?: number;
}

/** Rejects only when no answer came at all. */
export type HttpTransport = (request: HttpRequest) => Promise<HttpResponse>;

/** The part of an EventSource that the session feed uses. */
export interface EventStreamLike {
  onevent: ((name: string, data: string) => void) | null;
  onopen: (() => void) | null;
  /** `final` is true if the stream will not try again by itself. */
  onerror: ((final: boolean) => void) | null;
  close(): void;
}

export type OpenEventStream = (path: string) => EventStreamLike;

/** localStorage, or nothing at all where it is blocked. */
export interface KeyValueStore {
  get(key: string): string | null;
  set(key: string, value: string): void;
}
