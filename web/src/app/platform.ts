import type {
  Clock,
  EventStreamLike,
  HttpRequest,
  HttpResponse,
  KeyValueStore,
  SocketLike,
} from '../core/platform';

/** The browser's side of `core/platform.ts`. */

export const browser_clock: Clock = {
  now: () => performance.now(),
  set_timer: (callback, delay_ms) => window.setTimeout(callback, delay_ms),
  clear_timer: (id) => window.clearTimeout(id),
};

export async function browser_transport(request: HttpRequest): Promise<HttpResponse> {
  const response = await fetch(request.path, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
  });
  const retry_after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return {
    status: response.status,
    text: await response.text(),
    retry_after: Number.isFinite(retry_after) ? retry_after : undefined,
  };
}

export function browser_socket(path: string): SocketLike {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
  socket.binaryType = 'arraybuffer';
  const like: SocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data as string | Uint8Array<ArrayBuffer>);
    },
    close: (code) => socket.close(code),
  };
  socket.onopen = () => like.onopen?.();
  socket.onmessage = (event) => like.onmessage?.({ data: event.data as unknown });
  socket.onclose = (event) => like.onclose?.({ code: event.code, reason: event.reason });
  return like;
}

const stream_events = ['snapshot', 'session_created', 'session_updated', 'session_closed', 'heartbeat'];

export function browser_event_stream(path: string): EventStreamLike {
  const source = new EventSource(path);
  const like: EventStreamLike = { onevent: null, onopen: null, onerror: null, close: () => source.close() };
  source.onopen = () => like.onopen?.();
  source.onerror = () => like.onerror?.(source.readyState === EventSource.CLOSED);
  for (const name of stream_events) {
    source.addEventListener(name, (event: MessageEvent<string>) => like.onevent?.(name, event.data));
  }
  return like;
}

/** Storage that may be blocked or full: then nothing is remembered, and nothing breaks. */
export const browser_storage: KeyValueStore = {
  get(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Kept for this page only.
    }
  },
};

/** A word nobody else has, e.g. to tell this window's input from another's. */
export function random_word(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const is_mac = /Mac|iPhone|iPad/.test(navigator.platform);
