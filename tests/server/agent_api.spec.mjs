// The agents' API as WinkTerm's clients know it: exact shapes over HTTP, event streams and WebSocket frames.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

const b64 = (text) => Buffer.from(text).toString('base64');

/** Calls with the agents' token over TCP, as agents do. */
async function client() {
  const s = await main_server();
  const token = await s.handshake_token();
  const headers = { Authorization: `Bearer ${token}` };
  const call = (method, path, body) => ask(s.tcp, { method, path: `/api/agent${path}`, headers, body });
  return {
    s, token, headers, call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    remove: (path) => call('DELETE', path),
    stream: (path, more = {}) => EventStream.open(s.tcp, { path: `/api/agent${path}`, headers: { ...headers, ...more } }),
    socket: () => Rpc.open(s.tcp, `/ws/agent?token=${token}`),
  };
}

function failure(response, status, code) {
  assert.deepEqual([response.status, response.code], [status, code], response.text);
  assert.equal(response.json.detail, response.json.error.message);
  assert.match(response.headers['content-type'], /^application\/json/);
}

const types = {
  id: 'string', type: 'string', connection_id: 'null', title: 'string', name: 'string', host: 'null', port: 'null', username: 'null', cwd: 'string|null',
  cols: 'number', rows: 'number', alive: 'boolean', created_at: 'string', created_by: 'string', user_visible: 'boolean', transient: 'boolean', is_user_active: 'boolean',
  size: 'number', idle_seconds: 'number', ttl_seconds: 'number', last_user_input_at: 'null', last_command: 'string',
};

function is_terminal(info) {
  for (const [field, allowed] of Object.entries(types)) {
    assert.ok(field in info, `${field} is missing`);
    assert.ok(allowed.split('|').includes(info[field] === null ? 'null' : typeof info[field]), `${field} is ${JSON.stringify(info[field])}`);
  }
}

spec('create: defaults and every field', async () => {
  const { get, post, remove } = await client();
  const made = await post('/terminals', {});
  assert.equal(made.status, 200);
  is_terminal(made.json);
  const { id, ...rest } = made.json;
  assert.match(id, /^[a-z0-9]{12}$/);
  assert.ok(Number.isNaN(Number(id)), 'an id that is a number');
  assert.deepEqual(
    Object.fromEntries(['type', 'connection_id', 'name', 'host', 'port', 'username', 'cols', 'rows', 'alive', 'created_by', 'user_visible', 'transient', 'is_user_active', 'ttl_seconds', 'last_user_input_at', 'last_command'].map((key) => [key, rest[key]])),
    { type: 'local', connection_id: null, name: '', host: null, port: null, username: null, cols: 120, rows: 40, alive: true, created_by: 'agent:external', user_visible: true, transient: false, is_user_active: false, ttl_seconds: 1800, last_user_input_at: null, last_command: '' },
  );
  assert.match(rest.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  const full = await post('/terminals', { type: 'local', connection_id: null, cols: 100, rows: 20, name: 'api-full', ttl_seconds: 60, user_visible: false, transient: true, created_by: 'agent:me', nonsense: true });
  const { cols, rows, name, ttl_seconds, user_visible, transient, created_by } = full.json;
  assert.deepEqual([cols, rows, name, ttl_seconds, user_visible, transient, created_by], [100, 20, 'api-full', 60, false, true, 'agent:me']);
  const list = (await get('/terminals')).json;
  assert.deepEqual(Object.keys(list), ['terminals']);
  assert.ok(list.terminals.some((one) => one.id === id) && list.terminals.some((one) => one.id === full.json.id));
  list.terminals.forEach(is_terminal);
  assert.equal((await get(`/terminals/${id}`)).json.id, id);
  assert.equal((await get('/terminals/api-full')).json.id, full.json.id);
  for (const terminal of [id, full.json.id]) {
    assert.deepEqual((await remove(`/terminals/${terminal}`)).json, { success: true });
    failure(await remove(`/terminals/${terminal}`), 404, 'terminal_not_found');
    failure(await get(`/terminals/${terminal}`), 404, 'terminal_not_found');
  }
  failure(await post('/terminals', { type: 'ssh', connection_id: 'x' }), 404, 'not_found');
});

spec('who may call: no token, a wrong one, a good one in the header or the query', async () => {
  const { s, token } = await client();
  const path = '/api/agent/terminals';
  failure(await ask(s.tcp, { path }), 401, 'unauthenticated');
  const wrong = await ask(s.tcp, { path, headers: { Authorization: 'Bearer wrong' } });
  failure(wrong, 401, 'unauthenticated');
  assert.equal(wrong.headers['www-authenticate'], 'Bearer');
  failure(await ask(s.tcp, { path, headers: { Authorization: `Basic ${b64(`a:${token}`)}` } }), 401, 'unauthenticated');
  assert.equal((await ask(s.tcp, { path, headers: { Authorization: `bearer ${token}` } })).status, 200);
  assert.equal((await ask(s.tcp, { path: `${path}?token=${token}` })).status, 200);
});

spec('handshake answers the owner of the server and nobody else', async () => {
  const { s, token, headers } = await client();
  const path = '/api/agent/handshake';
  const mine = await ask(s.tcp, { path });
  assert.deepEqual(mine.json, { token, base_url: s.url });
  failure(await ask(s.tcp, { path, headers: { 'X-Forwarded-For': '10.0.0.1' } }), 403, 'denied');
  failure(await ask(s.tcp, { path, headers: { Origin: 'http://elsewhere.example' } }), 403, 'denied');
  failure(await ask(s.tcp, { path, headers: { Host: `elsewhere.example:${s.port}` } }), 403, 'denied');
  failure(await ask(s.tcp, { path, headers }), 403, 'denied');
});

spec('the documents for agents', async () => {
  const { s } = await client();
  const skill = await ask(s.tcp, { path: '/api/agent/skill.md' });
  assert.match(skill.headers['content-type'], /^text\/markdown; charset=utf-8/i);
  const top = skill.text.split('\n').slice(0, 10);
  assert.equal(top[0], '---');
  assert.ok(top.some((line) => /^version: ?\d+/.test(line)), top.join('\n'));
  const install = await ask(s.tcp, { path: '/api/agent/install.md' });
  assert.match(install.headers['content-type'], /^text\/plain; charset=utf-8/i);
  assert.ok(install.text.includes(s.url), 'install.md does not name this server');
  const guide = await ask(s.tcp, { path: '/api/agent/http.md' });
  for (const text of [skill.text, install.text, guide.text]) assert.doesNotMatch(text, /\{\{|\{BASE_URL\}/);
  assert.match(guide.text, /### terminal\.exec/);
});

spec('input: order of its parts, and what wait answers', async () => {
  const { s, post, remove } = await client();
  const { id } = await s.create({ command: ['/bin/cat', '-v'], cols: 80, rows: 24 });
  const type = (body) => post(`/terminals/${id}/input`, body);
  const plain = await type({ data: 'no wait' });
  assert.deepEqual(Object.keys(plain.json).sort(), ['ok', 'since']);
  assert.equal(plain.json.ok, true);
  assert.equal(typeof plain.json.since, 'number');
  await until(async () => (await s.screen(id)).filter((line) => line === 'no wait').length === 2, 'echo and output');
  const ordered = await type({ data_b64: b64('third'), data: 'second ', keys: ['f', 'Space'], wait: true, idle: 0.2 });
  assert.deepEqual(Object.keys(ordered.json).sort(), ['alive', 'ok', 'output', 'reason', 'since', 'size']);
  assert.equal(ordered.json.output.replace(/\r/g, ''), 'f second third\nf second third\n');
  assert.deepEqual([ordered.json.reason, ordered.json.alive], ['idle', true]);
  assert.ok(ordered.json.size > ordered.json.since);
  const stripped = await type({ data: 'strip me', wait: true, idle: 0.2, strip_echo: true });
  assert.equal(stripped.json.output.trim(), 'strip me');
  assert.equal(stripped.json.output.match(/strip me/g).length, 1);
  const kept = await type({ data: 'no enter', enter: false, wait: true, idle: 0.2 });
  assert.equal(kept.json.output, 'no enter');
  await type({ keys: ['ctrl+u'], enter: false });
  failure(await type({ keys: ['hyper+q'] }), 400, 'invalid_params');
  failure(await type({ data_b64: 'not base64!' }), 400, 'invalid_params');
  failure(await post('/terminals/nowhere/input', { data: 'x' }), 404, 'terminal_not_found');
  await remove(`/terminals/${id}`);
  const silent = await s.create({ command: ['/bin/sh', '-c', 'stty -echo; printf ready; exec sleep 100'] });
  await until(async () => (await s.get(silent.id)).size >= 5, 'ready');
  const nothing = await post(`/terminals/${silent.id}/input`, { data: 'x', wait: true, timeout: 0.5, idle: 0.1 });
  assert.deepEqual([nothing.json.reason, nothing.json.output], ['no_output', '']);
  await remove(`/terminals/${silent.id}`);
  const noisy = await s.create({ command: ['/bin/sh', '-c', 'while :; do echo tick; sleep 0.05; done'] });
  const late = await post(`/terminals/${noisy.id}/input`, { data: '', enter: false, wait: true, timeout: 1, idle: 0.6 });
  assert.equal(late.json.reason, 'timeout');
  assert.match(late.json.output, /tick/);
  await remove(`/terminals/${noisy.id}`);
});

/** WinkTerm's named keys and what a program reads for each in the usual modes. */
const keys = {
  'ctrl+a': '01', 'ctrl+b': '02', 'ctrl+e': '05', 'ctrl+f': '06', 'ctrl+g': '07', 'ctrl+h': '08', 'ctrl+i': '09', 'ctrl+j': '0a', 'ctrl+k': '0b', 'ctrl+l': '0c', 'ctrl+m': '0d', 'ctrl+n': '0e',
  'ctrl+o': '0f', 'ctrl+p': '10', 'ctrl+q': '11', 'ctrl+r': '12', 'ctrl+s': '13', 'ctrl+t': '14', 'ctrl+u': '15', 'ctrl+v': '16', 'ctrl+w': '17', 'ctrl+x': '18', 'ctrl+y': '19', 'ctrl+z': '1a',
  'ctrl+c': '03', 'ctrl+d': '04', 'ctrl+\\': '1c', 'ctrl+]': '1d', 'ctrl+^': '1e', 'ctrl+_': '1f', backspace: '7f', tab: '09', enter: '0d', return: '0d', esc: '1b', escape: '1b', space: '20', del: '7f',
  up: '1b5b41', down: '1b5b42', right: '1b5b43', left: '1b5b44', home: '1b5b48', end: '1b5b46', pageup: '1b5b357e', pagedown: '1b5b367e', insert: '1b5b327e', delete: '1b5b337e',
  f1: '1b4f50', f2: '1b4f51', f3: '1b4f52', f4: '1b4f53', f5: '1b5b31357e', f6: '1b5b31377e', f7: '1b5b31387e', f8: '1b5b31397e', f9: '1b5b32307e', f10: '1b5b32317e', f11: '1b5b32337e', f12: '1b5b32347e',
  'Ctrl + A': '01', ' CTRL+E ': '05', 'Page Up': '1b5b357e', ESC: '1b', 'F 5': '1b5b31357e',
};

spec('input: every named key, in any case and with blanks', async () => {
  const { s, post, remove } = await client();
  const names = Object.keys(keys);
  const expected = Object.values(keys).join('');
  const { id } = await s.create({ command: ['/bin/sh', '-c', `stty raw -echo; printf ready; dd bs=1 count=${expected.length / 2} 2>/dev/null | od -An -v -tx1 | tr -d ' \\n'; printf ' over'; exec cat`], cols: 200, rows: 20 });
  await until(async () => (await s.screen(id))[0].startsWith('ready'), 'ready');
  const sent = await post(`/terminals/${id}/input`, { keys: names, enter: false });
  assert.equal(sent.status, 200, sent.text);
  const got = await until(async () => { const text = (await s.screen(id)).join(''); return text.includes(' over') && text; }, 'all keys');
  const read = got.slice(5, got.indexOf(' over'));
  let at = 0;
  for (const name of names) {
    assert.equal(read.slice(at, at + keys[name].length), keys[name], name);
    at += keys[name].length;
  }
  await remove(`/terminals/${id}`);
});

spec('snapshot: offsets, search and its limits', async () => {
  const { s, get, post, remove } = await client();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'printf "alpha\\nBeta\\ngamma\\n\\033[31mdelta\\033[0m\\nalphabet\\n"; exec cat'] });
  await until(async () => (await s.get(id)).size >= 40, 'output');
  const at = (query) => get(`/terminals/${id}/snapshot${query}`);
  const all = (await at('')).json;
  assert.deepEqual(Object.keys(all).sort(), ['alive', 'output', 'size', 'truncated']);
  assert.deepEqual([all.output, all.truncated, all.alive], ['alpha\nBeta\ngamma\ndelta\nalphabet\n', false, true]);
  assert.ok((await at('?strip_ansi=false')).json.output.includes('\x1b[31mdelta\x1b[0m\r\n'));
  assert.equal((await at(`?since=${all.size}`)).json.output, '');
  await post(`/terminals/${id}/input`, { data: 'more', wait: true, idle: 0.2 });
  const more = (await at(`?since=${all.size}`)).json;
  assert.equal(more.output, 'more\nmore\n');
  assert.equal((await at(`?since=${more.size}`)).json.size, more.size);
  const found = (await at('?pattern=alpha')).json.grep;
  assert.deepEqual(found, { matches: [{ line_no: 1, line: 'alpha' }, { line_no: 5, line: 'alphabet' }], match_count: 2, total_lines: found.total_lines });
  const context = (await at('?pattern=beta&case_insensitive=true&context=1')).json.grep;
  assert.deepEqual(context.matches, [{ line_no: 1, line: 'alpha', match: false }, { line_no: 2, line: 'Beta', match: true }, { line_no: 3, line: 'gamma', match: false }]);
  assert.equal(context.match_count, 1);
  assert.deepEqual((await at('?pattern=beta')).json.grep.matches, []);
  failure(await at('?pattern=%28'), 400, 'invalid_params');
  failure(await at('?pattern=a&context=21'), 400, 'invalid_params');
  failure(await at('?since=abc'), 400, 'invalid_params');
  failure(await get('/terminals/nowhere/snapshot'), 404, 'terminal_not_found');
  await remove(`/terminals/${id}`);
});

spec('snapshot: chained offsets lose and double nothing while output runs, and old output is said to be gone', async () => {
  const { s, get, remove } = await client();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'seq 1 20000; exec cat'] });
  let text = '';
  let since = 0;
  await until(async () => {
    const part = (await get(`/terminals/${id}/snapshot?since=${since}&strip_ansi=false`)).json;
    text += part.output;
    since = part.size;
    return text.endsWith('\n20000\r\n');
  }, 'the last line');
  assert.ok(text === Array.from({ length: 20_000 }, (_, i) => `${i + 1}\r\n`).join(''));
  await remove(`/terminals/${id}`);
  const big = await s.create({ command: ['/bin/sh', '-c', 'seq 1 4000000; echo over; exec cat'] });
  await until(async () => (await s.screen(big.id)).includes('over'), 'the end', 40_000);
  const late = (await get(`/terminals/${big.id}/snapshot?since=5`)).json;
  assert.equal(late.truncated, true);
  assert.match(late.output, /over\n$/);
  await remove(`/terminals/${big.id}`);
});

spec('exec: the fields of its answer', async () => {
  const { s, post, remove } = await client();
  const { id } = await s.shell();
  const done = (await post(`/terminals/${id}/exec`, { command: 'echo out; (exit 4)' })).json;
  for (const [field, type] of Object.entries({ ok: 'boolean', status: 'string', exit_code: 'number', exit_source: 'string', stdout: 'string', cwd: 'string', duration_ms: 'number', truncated: 'boolean', omitted_bytes: 'number', total_bytes: 'number', size: 'number', alive: 'boolean' })) {
    assert.equal(typeof done[field], type, field);
  }
  assert.deepEqual([done.ok, done.exit_code, done.stdout, done.reason], [true, 4, 'out\n', undefined]);
  assert.equal(done.cwd, (await s.get(id)).cwd);
  const late = (await post(`/terminals/${id}/exec`, { command: 'sleep 30', timeout: 0.3 })).json;
  assert.deepEqual([late.ok, late.reason, late.exit_code], [false, 'timeout', null]);
  assert.equal((await post(`/terminals/${id}/exec`, { command: '' })).json.reason, 'empty_command');
  failure(await post('/terminals/nowhere/exec', { command: 'true' }), 404, 'terminal_not_found');
  failure(await post(`/terminals/${id}/exec`, { command_b64: '%%' }), 400, 'invalid_params');
  await remove(`/terminals/${id}`);
});

spec('stream: ids, resuming and the end, no byte lost or doubled', async () => {
  const { s, stream, post, remove } = await client();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'read go; i=1; while [ $i -le 20000 ]; do seq $i $((i + 499)); i=$((i + 500)); sleep 0.01; done; read bye'] });
  const first = await stream(`/terminals/${id}/stream?since=0&strip_ansi=false`);
  assert.equal(first.status, 200);
  assert.match(first.response.headers['content-type'], /^text\/event-stream/);
  assert.match(first.response.headers['cache-control'], /no-cache|no-store/);
  await post(`/terminals/${id}/input`, { data: 'go' });
  const items = [];
  const take = (source) => {
    for (const item of source.items) {
      if (item.event !== 'output') continue;
      assert.equal(item.id, String(item.json.size));
      assert.deepEqual(Object.keys(item.json).sort(), ['size', 'text']);
      items.push(item);
    }
  };
  await first.next((item) => item.json.size > 10_000, 'some output');
  first.close();
  take(first);
  const second = await stream(`/terminals/${id}/stream?since=${items.at(-1).id}&strip_ansi=false`);
  const from = items.at(-1).json.size;
  await second.next((item) => item.json.size > from + 10_000, 'more output');
  second.close();
  take(second);
  // The header wins over the query, as for an EventSource that comes back by itself.
  const third = await stream(`/terminals/${id}/stream?since=0&strip_ansi=false`, { 'Last-Event-ID': items.at(-1).id });
  await until(() => third.items.map((item) => item.json.text).join('').includes('20000\r\n'), 'the last line');
  await remove(`/terminals/${id}`);
  const end = await third.next((item) => item.event === 'end', 'the end');
  assert.equal(end.id, String(end.json.size));
  take(third);
  const text = items.map((item) => item.json.text).join('');
  const expected = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\r\n`).join('');
  assert.ok(text === `go\r\n${expected}`, `${text.length} instead of ${expected.length + 4} characters`);
  failure(await ask(s.tcp, { path: '/api/agent/terminals/nowhere/stream', headers: { Authorization: `Bearer ${await s.handshake_token()}` } }), 404, 'terminal_not_found');
});

spec('events: recent ones and as they come', async () => {
  const { s, get, post, remove, stream } = await client();
  const last = (await get('/events/recent?limit=1')).json.events.at(-1)?.id ?? 0;
  const live = await stream(`/events/stream?since_id=${last}`);
  const { id } = (await post('/terminals', { name: 'evented' })).json;
  await s.at_prompt(id);
  await post(`/terminals/${id}/exec`, { command: 'echo event' });
  await post(`/terminals/${id}/input`, { data: 'true', keys: ['ctrl+u'] });
  await remove(`/terminals/${id}`);
  await live.next((item) => item.json.action === 'terminal_close' && item.json.terminal_id === id, 'the last event');
  const seen = live.items.filter((item) => item.json.terminal_id === id);
  assert.deepEqual(seen.map((item) => item.json.action), ['terminal_create', 'terminal_exec', 'terminal_input', 'terminal_close']);
  for (const item of live.items) {
    assert.equal(item.event, 'agent_event');
    assert.equal(item.id, String(item.json.id));
    assert.equal(typeof item.json.ts, 'number');
  }
  const [create, exec, input] = seen.map((item) => item.json);
  assert.deepEqual([create.name, create.terminal_type, create.connection_id, create.created_by], ['evented', 'local', null, 'agent:external']);
  assert.deepEqual([exec.command, exec.exit_code, exec.ok], ['echo event', 0, true]);
  assert.deepEqual([input.data, input.keys, input.wait, input.reason], ['true', ['ctrl+u'], false, null]);
  live.close();
  const recent = (await get(`/events/recent?since_id=${last}`)).json.events;
  assert.deepEqual(recent.filter((event) => event.terminal_id === id).map((event) => event.id), seen.map((item) => item.json.id));
  const resumed = await stream('/events/stream?since_id=0', { 'Last-Event-ID': String(exec.id) });
  assert.equal((await resumed.next(() => true, 'an event')).json.id, exec.id + 1);
  resumed.close();
  failure(await get('/events/recent?limit=0'), 400, 'invalid_params');
});

spec('sessions: the list, its stream and closing', async () => {
  const { s } = await client();
  const live = await EventStream.open(s.tcp, { path: '/api/sessions/stream' });
  assert.deepEqual(Object.keys((await live.next((item) => item.event === 'snapshot', 'the list')).json), ['sessions']);
  const shown = await s.create({ command: ['/bin/cat'], name: 'a-tab' });
  const hidden = await s.create({ command: ['/bin/cat'], user_visible: false });
  const created = await live.next((item) => item.event === 'session_created' && item.json.session.id === shown.id, 'a new tab');
  assert.equal(created.json.type, 'session_created');
  const { sessions } = (await ask(s.tcp, { path: '/api/sessions' })).json;
  assert.ok(sessions.some((one) => one.id === shown.id) && !sessions.some((one) => one.id === hidden.id));
  const closed = await ask(s.tcp, { method: 'DELETE', path: `/api/sessions/${shown.id}`, headers: { 'X-Duotty': '1' } });
  assert.deepEqual(closed.json, { ok: true, session_id: shown.id });
  const gone = await live.next((item) => item.event === 'session_closed', 'the closing');
  assert.deepEqual(gone.json, { type: 'session_closed', session_id: shown.id });
  assert.ok(!live.items.some((item) => item.event === 'session_created' && item.json.session.id === hidden.id), 'a hidden terminal was announced');
  live.close();
  await s.close(hidden.id);
});

// --- the WebSocket ---------------------------------------------------------------------------------------------------

spec('socket: ready, ids, ping, errors that do not end it', async () => {
  const { socket } = await client();
  const rpc = await socket();
  await rpc.next((frame) => frame.type === 'ready', 'ready');
  assert.deepEqual(rpc.frames[0], { type: 'ready', protocol: 1 });
  rpc.send({ id: 7, method: 'terminal.list' });
  const listed = await rpc.next((frame) => frame.id === '7', 'the answer to a number');
  assert.equal(listed.type, 'result');
  assert.ok(Array.isArray(listed.data.terminals));
  rpc.send({ type: 'ping' });
  await rpc.next((frame) => frame.type === 'pong', 'pong');
  const unknown = await rpc.call('terminal.nothing', {});
  assert.deepEqual([unknown.type, unknown.error.code, typeof unknown.error.message], ['error', 404, 'string']);
  const missing = await rpc.call('terminal.get', { terminal_id: 'nowhere' });
  assert.deepEqual([missing.type, missing.error.code], ['error', 404]);
  assert.equal((await rpc.call('terminal.get', {})).error.code, 400);
  const anonymous = () => rpc.frames.filter((frame) => frame.type === 'error' && frame.id === undefined);
  const bad = ['{"id":', '[]', '7', Buffer.from([1, 2, 3]), '{"id":"x"}', '{"method":"terminal.list"}', '{"id":"","method":"terminal.list"}'];
  for (const [i, frame] of bad.entries()) {
    rpc.send(frame);
    await until(() => anonymous().length === i + 1, `the error for ${frame}`);
    assert.equal(anonymous()[i].error.code, 400, String(frame));
  }
  assert.equal((await rpc.call('terminal.list', null)).type, 'result');
  await rpc.close();
});

spec('socket: a wrong token is accepted, then closed with 4401', async () => {
  const { s } = await client();
  for (const path of ['/ws/agent?token=wrong', '/ws/agent?token=', '/ws/agent']) {
    const rpc = await Rpc.open(s.tcp, path);
    assert.equal((await rpc.until_closed()).code, 4401, path);
    assert.deepEqual(rpc.frames, []);
  }
});

spec('socket: progress of exec adds up to its output', async () => {
  const { s, socket } = await client();
  const { id } = await s.shell();
  const rpc = await socket();
  const result = await rpc.call('terminal.exec', { terminal_id: id, command: 'for i in 1 2 3 4 5; do echo "step $i"; sleep 0.1; done; printf "no newline"; (exit 6)' }, 'run');
  assert.deepEqual([result.type, result.data.exit_code, result.data.stdout], ['result', 6, 'step 1\nstep 2\nstep 3\nstep 4\nstep 5\nno newline']);
  const progress = rpc.progress('run');
  assert.ok(progress.length >= 2, 'nothing came while it ran');
  for (const item of progress) assert.deepEqual(Object.keys(item).sort(), ['output', 'size']);
  assert.equal(progress.map((item) => item.output).join(''), result.data.stdout);
  const big = await rpc.call('terminal.exec', { terminal_id: id, command: 'seq 1 20000' }, 'big');
  assert.ok(rpc.progress('big').map((item) => item.output).join('') === big.data.stdout, 'the pieces differ from the whole');
  await rpc.close();
  await s.close(id);
});

spec('socket: progress says where a slow client missed some of it', async () => {
  const { s, socket } = await client();
  const { id } = await s.shell();
  const rpc = await socket();
  rpc.ws._socket.pause();
  const [half, go] = ['half', 'go'].map((name) => join(s.home, name));
  const command = `seq 1000000; touch ${half}; until [ -e ${go} ]; do sleep 0.05; done; seq 1000001 1100000`;
  rpc.send({ id: 'slow', method: 'terminal.exec', params: { terminal_id: id, command, timeout: 100 } });
  await until(() => existsSync(half), 'the first half to be over', 100_000);
  rpc.ws._socket.resume();
  await rpc.call('terminal.list', {}, 'behind');
  writeFileSync(go, '');
  const { data } = await rpc.answer('slow');
  const progress = rpc.progress('slow');
  const hole = progress.findIndex((item) => item.gap);
  assert.ok(hole > 0, 'no gap in ' + progress.length);
  const before = progress.slice(0, hole).map((item) => item.output).join('');
  assert.ok('1\n' === before.slice(0, 2) && data.stdout.startsWith(before.slice(0, 1000)));
  assert.equal(data.exit_code, 0);
  await rpc.close();
  await s.close(id);
});

spec('socket: many requests at once, and cancelling one', async () => {
  const { s, socket } = await client();
  const { id } = await s.shell();
  const rpc = await socket();
  rpc.send({ id: 'slow', method: 'terminal.exec', params: { terminal_id: id, command: "sh -c 'echo begun; exec sleep 60'", timeout: 60 } });
  rpc.send({ id: 'tail', method: 'terminal.stream', params: { terminal_id: id } });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => rpc.call('terminal.get', { terminal_id: id }, `get-${i}`)));
  assert.ok(answers.every((frame) => frame.type === 'result' && frame.data.id === id));
  await until(async () => (await s.screen(id)).includes('begun'), 'the command');
  rpc.send({ type: 'cancel', id: 'slow' });
  assert.deepEqual(await rpc.answer('slow'), { id: 'slow', type: 'cancelled' });
  rpc.send({ type: 'cancel', id: 'nothing-of-that-name' });
  await s.input(id, { keys: ['ctrl+c'], enter: false });
  await s.at_prompt(id);
  assert.equal((await rpc.call('terminal.exec', { terminal_id: id, command: 'echo on' })).data.stdout, 'on\n');
  const tail = rpc.progress('tail');
  assert.ok(tail.length > 0 && tail.every((item) => item.event === 'output' && typeof item.text === 'string' && typeof item.size === 'number'), JSON.stringify(tail[0]));
  assert.equal((await rpc.call('terminal.delete', { terminal_id: id })).data.success, true);
  const end = await rpc.answer('tail');
  assert.equal(end.type, 'result');
  assert.deepEqual(end.data, { event: 'end' });
  await rpc.close();
});

spec('socket: created_by names the surface', async () => {
  const { socket } = await client();
  const rpc = await socket();
  const made = await rpc.call('terminal.create', { command: ['/bin/cat'] });
  assert.equal(made.data.created_by, 'agent:ws');
  is_terminal(made.data);
  await rpc.call('terminal.delete', { terminal_id: made.data.id });
  await rpc.close();
});
