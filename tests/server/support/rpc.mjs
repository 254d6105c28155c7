// A client of the WebSocket /ws/agent that keeps every frame it saw.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
export const WebSocket = require('ws');

/** Where a WebSocket of this server is; target as for `ask`. */
export function socket_url(target, path) {
  return target.socketPath ? `ws+unix:${target.socketPath}:${path}` : `ws://127.0.0.1:${target.port}${path}`;
}

export class Rpc {
  /** Resolves once the socket is open or has been refused; `options` are those of `ws`. */
  static open(target, path = '/ws/agent', headers = {}) {
    const rpc = new Rpc();
    rpc.ws = new WebSocket(socket_url(target, path), { headers, perMessageDeflate: false });
    return new Promise((resolve) => {
      rpc.ws.on('open', () => resolve(rpc));
      rpc.ws.on('message', (data, binary) => rpc.take(data, binary));
      rpc.ws.on('unexpected-response', (_call, response) => {
        rpc.refused = response.statusCode;
        rpc.finish();
        response.destroy();
        resolve(rpc);
      });
      rpc.ws.on('error', (error) => {
        rpc.error = error;
        rpc.finish();
        resolve(rpc);
      });
      rpc.ws.on('close', (code, reason) => {
        rpc.closed = { code, reason: reason.toString() };
        rpc.finish();
      });
    });
  }

  constructor() {
    this.frames = [];
    this.count = 0;
    this.watchers = new Set();
    this.over = false;
  }

  take(data, binary) {
    const frame = binary ? { binary: data } : JSON.parse(data.toString());
    this.frames.push(frame);
    if (frame.type === 'ping') this.send({ type: 'pong' });
    for (const check of this.watchers) check();
  }

  finish() {
    this.over = true;
    for (const check of this.watchers) check();
  }

  send(frame) {
    this.ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  next(condition, what, patience = 40_000) {
    return new Promise((resolve, reject) => {
      const finish = (done, value) => {
        clearTimeout(timer);
        this.watchers.delete(check);
        done(value);
      };
      const check = () => {
        const found = this.frames.find(condition);
        if (found) return finish(resolve, found);
        if (this.over) finish(reject, new Error(`the socket ended before ${what} (${JSON.stringify(this.closed ?? this.refused ?? String(this.error))})`));
      };
      const timer = setTimeout(() => finish(reject, new Error(`waited in vain for ${what}; got ${JSON.stringify(this.frames).slice(-500)}`)), patience);
      this.watchers.add(check);
      check();
    });
  }

  until_closed(patience = 20_000) {
    return this.next(() => false, 'the end', patience).catch((error) => {
      if (!this.closed && !this.refused) throw error;
      return this.closed;
    });
  }

  /** Sends a request; answers its last frame: result, error or cancelled. */
  async call(method, params, id = String(++this.count)) {
    this.send({ id, method, params });
    return this.answer(id);
  }

  answer(id) {
    return this.next((frame) => frame.id === id && frame.type !== 'progress', `the answer to ${id}`);
  }

  progress(id) {
    return this.frames.filter((frame) => frame.id === id && frame.type === 'progress').map((frame) => frame.data);
  }

  async close() {
    if (this.ws.readyState === WebSocket.OPEN || this.ws.readyState === WebSocket.CONNECTING) this.ws.terminate();
  }
}
