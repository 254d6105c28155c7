// Stands in for the real server while the UI is worked on: the same paths and frames, a shell of a few words.
// node test/mock-server.mjs [--port N] [--require-key KEY]
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { MockTerminal } from './mock/terminal.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const mime = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

class MockServer {
  constructor({ require_key }) {
    this.key = require_key;
    this.session = randomBytes(8).toString('hex');
    this.failures = 0;
    this.terminals = new Map();
    this.streams = new Set();
    this.tickets = new Set();
    this.tokens = [];
    this.next_viewer = 1;
    this.down_until = 0;
    this.settings = {
      api_format: 'openai', base_url: 'https://api.example.com/v1', api_key: 'sk-…9f2c', models: [{ id: 'small-1', name: 'Small 1' }],
      selected_model: 'small-1', language: 'en', theme: 'system', agent_api_token: 'dt-…77aa',
    };
  }

  create(options) {
    const terminal = new MockTerminal(this, options);
    this.terminals.set(terminal.id, terminal);
    this.announce('session_created', { type: 'session_created', session: terminal.info });
    return terminal;
  }

  find(id) {
    const terminal = this.terminals.get(id) ?? [...this.terminals.values()].find((t) => t.info.name === id);
    if (!terminal) throw problem(404, 'terminal_not_found', `No terminal "${id}".`);
    return terminal;
  }

  announce(event, data) {
    for (const stream of this.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  announce_soon(terminal) {
    terminal.announcing ??= setTimeout(() => {
      terminal.announcing = null;
      if (this.terminals.has(terminal.id)) terminal.changed({});
    }, 400);
  }

  /** As if the worker was killed: every connection breaks, nothing of the terminals is lost. */
  drop(http, sockets, down_ms) {
    this.down_until = Date.now() + down_ms;
    for (const socket of sockets.clients) socket.terminate();
    for (const stream of this.streams) stream.destroy();
    http.closeIdleConnections();
  }

  authenticated(request) {
    return !this.key || (request.headers.cookie ?? '').includes(`session=${this.session}`);
  }

  api(request, path, body) {
    const method = request.method;
    const is = (wanted_method, wanted_path) => method === wanted_method && path === wanted_path;
    if (is('GET', '/api/health')) return { status: 'ok' };
    if (is('GET', '/api/auth/status')) return { local: !this.key, configured: Boolean(this.key), authenticated: this.authenticated(request) };
    if (is('POST', '/api/auth/login')) return this.login(body);
    if (!this.authenticated(request)) throw problem(401, 'unauthorized', 'Sign in first.');
    if (is('POST', '/api/auth/logout')) return { cookie: 'session=; Path=/; Max-Age=0', body: {} };
    if (is('POST', '/api/auth/ws-ticket')) {
      const ticket = randomBytes(8).toString('hex');
      this.tickets.add(ticket);
      return { ticket };
    }
    if (is('GET', '/api/agent/terminals')) return { terminals: [...this.terminals.values()].map((t) => t.info) };
    if (is('POST', '/api/agent/terminals')) return this.create_checked(body);
    const id = /^\/api\/agent\/terminals\/([^/]+)$/.exec(path)?.[1];
    if (id) return this.one(method, this.find(decodeURIComponent(id)), body);
    if (is('GET', '/api/settings')) return this.settings;
    if (is('POST', '/api/settings')) {
      const { api_key, ...rest } = body;
      Object.assign(this.settings, rest, api_key ? { api_key: `${api_key.slice(0, 3)}…${api_key.slice(-4)}` } : {});
      return { success: true };
    }
    if (is('GET', '/api/settings/export')) return { ...this.settings, api_key: '' };
    if (is('GET', '/api/settings/token/reveal')) return { token: 'dt-0123456789abcdef77aa' };
    if (is('POST', '/api/models/fetch')) return { success: true, models: [{ id: 'small-1' }, { id: 'large-2' }] };
    if (is('GET', '/api/tokens')) return { tokens: this.tokens };
    if (is('POST', '/api/tokens')) return this.create_token(body);
    if (method === 'DELETE' && path.startsWith('/api/tokens/')) {
      this.tokens = this.tokens.filter((token) => token.id !== path.slice('/api/tokens/'.length));
      return {};
    }
    if (is('GET', '/api/server/info')) return { name: 'duotty', version: '0.1.0', worker_pid: 0 };
    throw problem(404, 'not_found', `No such path ${path}.`);
  }

  login({ key }) {
    if (this.failures >= 5) throw { ...problem(429, 'rate_limited', 'Too many tries.'), headers: { 'Retry-After': '30' } };
    if (key !== this.key) {
      this.failures++;
      throw problem(401, 'wrong_key', 'That key is not right.');
    }
    return { cookie: `session=${this.session}; Path=/; HttpOnly; SameSite=Strict`, body: { success: true } };
  }

  create_checked(body) {
    if (this.terminals.size >= 12) throw problem(429, 'too_many_terminals', 'There are 12 terminals already. Close one first.');
    return this.create({ cols: body.cols ?? 80, rows: body.rows ?? 24, name: body.name, created_by: body.created_by }).info;
  }

  one(method, terminal, body) {
    if (method === 'PATCH') {
      const taken = body.name && [...this.terminals.values()].some((other) => other !== terminal && other.info.name === body.name);
      if (taken) throw problem(409, 'name_taken', `Another terminal is called "${body.name}".`);
      terminal.changed({ ...body, name: body.name ?? terminal.info.name });
    } else if (method === 'DELETE') {
      terminal.close();
      this.terminals.delete(terminal.id);
      this.announce('session_closed', { type: 'session_closed', session_id: terminal.id });
      return { success: true };
    }
    return terminal.info;
  }

  create_token({ name, scopes, expires_in_seconds }) {
    const now = Math.floor(Date.now() / 1000);
    const token = { id: randomBytes(4).toString('hex'), name, scopes, created_at: now, last_used_at: null, expires_at: expires_in_seconds ? now + expires_in_seconds : null };
    this.tokens.push(token);
    return { ...token, token: `dt-${randomBytes(16).toString('hex')}` };
  }
}

function problem(status, code, message) {
  return { status, code, message };
}

async function read_body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString());
}

async function serve_file(response, path) {
  const wanted = normalize(path).replace(/^(\.\.[/\\])+/, '');
  const file = extname(wanted) === '' ? 'index.html' : wanted;
  const data = await readFile(join(dist, file)).catch(() => null);
  if (!data) return response.writeHead(404).end();
  const cache = file.includes('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  response.writeHead(200, { 'Content-Type': mime[extname(file)] ?? 'application/octet-stream', 'Cache-Control': cache, 'Content-Security-Policy': policy });
  response.end(data);
}

function main() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '3999' }, 'require-key': { type: 'string' } } });
  const mock = new MockServer({ require_key: values['require-key'] });
  const sockets = new WebSocketServer({ noServer: true });

  const http = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (Date.now() < mock.down_until) return request.socket.destroy();
    if (url.pathname === '/__mock/drop') {
      response.end('{}');
      return mock.drop(http, sockets, Number(url.searchParams.get('ms') ?? 300));
    }
    if (url.pathname === '/api/sessions/stream' && mock.authenticated(request)) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(`event: snapshot\ndata: ${JSON.stringify({ sessions: [...mock.terminals.values()].map((t) => t.info) })}\n\n`);
      mock.streams.add(response);
      response.on('close', () => mock.streams.delete(response));
      return;
    }
    if (!url.pathname.startsWith('/api/')) return serve_file(response, url.pathname);
    try {
      const answer = mock.api(request, url.pathname, await read_body(request));
      response.writeHead(200, { 'Content-Type': 'application/json', ...(answer.cookie ? { 'Set-Cookie': answer.cookie } : {}) });
      response.end(JSON.stringify(answer.cookie ? answer.body : answer));
    } catch (error) {
      const { status = 500, code = 'internal', message = String(error), headers = {} } = error;
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { code, message }, detail: message }));
    }
  });

  http.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://mock');
    if (Date.now() < mock.down_until) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      if (!mock.tickets.delete(url.searchParams.get('ticket'))) return ws.close(4401);
      const terminal = mock.terminals.get(decodeURIComponent(url.pathname.split('/')[3] ?? ''));
      if (terminal) terminal.attach(ws, url.searchParams);
      else ws.close(4404);
    });
  });
  http.listen(Number(values.port), '127.0.0.1', () => process.stdout.write(`listening on ${http.address().port}\n`));
}

main();
