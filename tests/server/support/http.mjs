// HTTP as a test wants it: every header as given, TCP or Unix socket, whole answers and event streams.
import { request } from 'node:http';

const limit_ms = 60_000;

function options_of(target, { method = 'GET', path, headers = {}, body }) {
  const given = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const all = { ...headers };
  const has = (name) => Object.keys(all).some((key) => key.toLowerCase() === name);
  if (given !== undefined && !has('content-type')) all['Content-Type'] = 'application/json';
  if (given !== undefined && !has('content-length') && !has('transfer-encoding')) all['Content-Length'] = Buffer.byteLength(given);
  for (const [key, value] of Object.entries(all)) if (value === null) delete all[key];
  if (given === undefined && target.socketPath && !has('x-duotty')) all['X-Duotty'] = '1';
  return [{ host: target.socketPath ? undefined : '127.0.0.1', ...target, method, path, headers: all, agent: false, setHost: !has('host') }, given];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** target: {port} or {socketPath}. `body` is JSON unless it is text. A header of null is left out. */
export function ask(target, what) {
  const [options, body] = options_of(target, what);
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      const parts = [];
      response.on('data', (data) => parts.push(data));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode, headers: response.headers, text, json: parsed(text), code: parsed(text)?.error?.code });
      });
    });
    call.setTimeout(what.patience ?? limit_ms, () => call.destroy(new Error(`no answer to ${options.method} ${options.path}`)));
    call.on('error', reject);
    call.end(body);
  });
}

/** An event stream. `items` grows; `next` waits for an item that satisfies a condition. */
export class EventStream {
  static open(target, what) {
    const [options, body] = options_of(target, what);
    const stream = new EventStream();
    return new Promise((resolve, reject) => {
      stream.call = request(options, (response) => {
        stream.response = response;
        stream.status = response.statusCode;
        response.setEncoding('utf8');
        response.on('data', (text) => stream.feed(text));
        response.on('end', () => stream.finish('end'));
        response.on('error', () => stream.finish('error'));
        response.on('close', () => stream.finish('close'));
        resolve(stream);
      });
      stream.call.on('error', (error) => {
        stream.finish('error');
        reject(error);
      });
      stream.call.end(body);
    });
  }

  constructor() {
    this.items = [];
    this.text = '';
    this.ended = null;
    this.watchers = new Set();
  }

  feed(text) {
    this.text += text;
    for (let end = this.text.indexOf('\n\n'); end >= 0; end = this.text.indexOf('\n\n')) {
      const item = { id: '', event: 'message', data: '' };
      const lines = this.text.slice(0, end).split('\n');
      this.text = this.text.slice(end + 2);
      let real = false;
      for (const line of lines) {
        const colon = line.indexOf(':');
        if (colon <= 0) continue;
        real = true;
        item[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
      }
      if (!real) continue;
      item.json = parsed(item.data);
      this.items.push(item);
    }
    for (const check of this.watchers) check();
  }

  finish(how) {
    this.ended ??= how;
    for (const check of this.watchers) check();
  }

  /** The first item, from the start, that satisfies the condition. */
  next(condition, what, patience = 20_000) {
    return new Promise((resolve, reject) => {
      const finish = (done, value) => {
        clearTimeout(timer);
        this.watchers.delete(check);
        done(value);
      };
      const check = () => {
        const found = this.items.find(condition);
        if (found) return finish(resolve, found);
        if (this.ended) finish(reject, new Error(`the stream ended before ${what}: ${JSON.stringify(this.items).slice(-500)}${this.text}`));
      };
      const timer = setTimeout(() => finish(reject, new Error(`waited in vain for ${what}; got ${JSON.stringify(this.items).slice(-500)}`)), patience);
      this.watchers.add(check);
      check();
    });
  }

  close() {
    this.call.destroy();
  }
}
