// wsh's core verbs, as its API reference has them.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { start, main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

/** With the token, as against a wsh that asks for one; `bare` without, as on its own machine. */
async function client(server) {
  const s = server ?? (await main_server());
  const token = await s.handshake_token();
  const call = (method, path, body, headers = {}) => ask(s.tcp, { method, path, body, headers: { Authorization: `Bearer ${token}`, ...headers } });
  const input = (name, bytes, headers = {}) => call('POST', `/sessions/${name}/input`, bytes, { 'Content-Type': 'application/x-www-form-urlencoded', ...headers });
  // Until what was typed last is done: right after the input the session is still at the prompt before it.
  const done = async (id) => assert.equal((await s.api('POST', `/api/agent/terminals/${id}/wait`, { prompt: true })).reason, 'prompt');
  return { s, token, done, call, input, get: (path) => call('GET', path), post: (path, body) => call('POST', path, body), bare: (method, path, body, headers) => ask(s.tcp, { method, path, body, headers }) };
}

function failure(answer, status, code) {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  assert.deepEqual(Object.keys(answer.json), ['error']);
  assert.equal(typeof answer.json.error.message, 'string');
}

spec('wsh: sessions are made, listed, changed and ended', async () => {
  const { s, get, post, call, bare } = await client();
  const made = await post('/sessions', { name: 'wsh-dev', rows: 30, cols: 90, cwd: '/tmp', env: { WSH_VALUE: 'here' }, tags: ['wsh-build', 'ci'] });
  assert.equal(made.status, 201);
  const { pid, server, last_activity_ms, ...rest } = made.json;
  assert.deepEqual(rest, { name: 'wsh-dev', command: '/bin/bash', rows: 30, cols: 90, clients: 0, tags: ['ci', 'wsh-build'] });
  assert.deepEqual([typeof pid, typeof server, typeof last_activity_ms], ['number', 'string', 'number']);
  const info = await s.get('wsh-dev');
  assert.deepEqual([info.created_by, info.ttl_seconds, info.pid, info.cwd], ['agent:wsh', 0, pid, '/tmp']);
  const ran = await post('/sessions', { name: 'wsh-run', command: 'echo "$0 ran"; exec cat', tags: ['wsh-test'] });
  assert.deepEqual([ran.status, ran.json.command, ran.json.rows, ran.json.cols], [201, 'echo "$0 ran"; exec cat', 24, 80]);
  await until(async () => (await get('/sessions/wsh-run/screen?format=plain')).json.lines[0] === '/bin/sh ran', 'its output');
  const unnamed = await post('/sessions', { command: 'cat' });
  assert.equal((await get(`/sessions/${unnamed.json.name}`)).json.pid, unnamed.json.pid);

  const names = async (query) => (await get(`/sessions${query}`)).json.map((one) => one.name);
  const all = await names('');
  for (const name of ['wsh-dev', 'wsh-run', unnamed.json.name]) assert.ok(all.includes(name), name);
  assert.deepEqual((await names('?tag=wsh-build,wsh-test')).sort(), ['wsh-dev', 'wsh-run']);
  assert.deepEqual(await names('?tag=wsh-test'), ['wsh-run']);
  assert.deepEqual(await names('?tag=nobody'), []);
  assert.deepEqual((await bare('GET', '/sessions?tag=wsh-test')).json.map((one) => one.name), ['wsh-run'], 'without a token on this machine');

  const changed = await call('PATCH', '/sessions/wsh-dev', { name: 'wsh-production', add_tags: ['live', 'ci'], remove_tags: ['wsh-build'] });
  assert.deepEqual([changed.status, changed.json.name, changed.json.tags], [200, 'wsh-production', ['ci', 'live']]);
  const renamed = await call('PATCH', '/sessions/wsh-production', { name: 'wsh-dev' });
  assert.deepEqual([renamed.json.name, renamed.json.tags], ['wsh-dev', ['ci', 'live']]);
  failure(await call('PATCH', '/sessions/wsh-dev', { name: 'wsh-run' }), 409, 'session_name_conflict');
  failure(await call('PATCH', '/sessions/wsh-dev', { add_tags: ['no blanks'] }), 400, 'invalid_tag');
  for (const name of ['wsh-dev', 'wsh-run', unnamed.json.name]) {
    const ended = await call('DELETE', `/sessions/${name}`);
    assert.deepEqual([ended.status, ended.text], [204, '']);
    failure(await get(`/sessions/${name}`), 404, 'session_not_found');
  }
});

spec('wsh: input as bytes, the screen, the scrollback', async () => {
  const { s, done, get, post, call, input } = await client();
  await post('/sessions', { name: 'wsh-io', rows: 10, cols: 60 });
  await s.at_prompt('wsh-io');
  const typed = await input('wsh-io', "PS1='$ '; clear; printf '\\033[1;31mred\\033[0m and \\033[48;2;1;2;3mbehind\\033[0m 字\\n'\n");
  assert.deepEqual([typed.status, typed.text], [204, '']);
  await done('wsh-io');
  const styled = (await get('/sessions/wsh-io/screen')).json;
  assert.deepEqual(Object.keys(styled).sort(), ['alternate_active', 'cols', 'cursor', 'epoch', 'first_line_index', 'lines', 'rows', 'total_lines']);
  const row = styled.lines.find((line) => Array.isArray(line));
  assert.deepEqual(row, [
    { text: 'red', bold: true, fg: { indexed: 1 } },
    { text: ' and ' },
    { text: 'behind', bg: { rgb: { r: 1, g: 2, b: 3 } } },
    { text: ' 字' },
  ]);
  const plain = (await get('/sessions/wsh-io/screen?format=plain')).json;
  assert.ok(plain.lines.includes('red and behind 字') && plain.lines.every((line) => typeof line === 'string'));
  assert.deepEqual([plain.cols, plain.rows, plain.alternate_active, plain.lines.length], [60, 10, false, 10]);
  assert.deepEqual([plain.cursor.col, plain.cursor.visible], [2, true]);

  await input('wsh-io', 'seq 1 40\r');
  await done('wsh-io');
  const lower = (await get('/sessions/wsh-io/screen?format=plain')).json;
  assert.ok(lower.epoch > plain.epoch);
  assert.deepEqual([lower.first_line_index, lower.lines.slice(0, 2)], [lower.total_lines - 10, ['32', '33']]);
  const back = (await get('/sessions/wsh-io/scrollback?format=plain&limit=5000')).json;
  assert.deepEqual([back.offset, back.total_lines, back.lines.length], [0, lower.total_lines, lower.total_lines]);
  const at = back.lines.indexOf('1');
  assert.deepEqual(back.lines.slice(at, at + 3), ['1', '2', '3']);
  const part = (await get(`/sessions/wsh-io/scrollback?format=plain&offset=${at}&limit=2`)).json;
  assert.deepEqual([part.offset, part.lines], [at, ['1', '2']]);
  assert.deepEqual((await get('/sessions/wsh-io/scrollback?offset=999999')).json.lines, []);
  failure(await get('/sessions/wsh-io/screen?format=pdf'), 400, 'invalid_format');

  await input('wsh-io', "sh -c 'echo begun; exec sleep 60'\n");
  await until(async () => (await s.screen('wsh-io')).includes('begun'), 'the command');
  assert.equal((await input('wsh-io', Buffer.from([3]), { 'Content-Type': 'application/octet-stream' })).status, 204);
  await done('wsh-io');
  await call('DELETE', '/sessions/wsh-io');
});

spec('wsh: idle: one session, any session, again, and in vain', async () => {
  const server = await start();
  const { s, get, post, call, input } = await client(server);
  failure(await get('/idle?timeout_ms=10'), 404, 'no_sessions');
  await post('/sessions', { name: 'quiet', command: 'echo ready; stty -echo; exec cat', tags: ['calm'] });
  await until(async () => (await s.screen('quiet'))[0] === 'ready', 'ready');
  const first = await get('/sessions/quiet/idle?timeout_ms=100&format=plain');
  assert.deepEqual([first.status, first.json.screen.lines[0], typeof first.json.scrollback_lines, typeof first.json.generation], [200, 'ready', 'number', 'number']);
  const { generation } = first.json;
  // Nothing new: it waits, and says in the end that it waited in vain.
  failure(await get(`/sessions/quiet/idle?timeout_ms=50&max_wait_ms=400&last_generation=${generation}`), 408, 'idle_timeout');
  const waiting = get(`/sessions/quiet/idle?timeout_ms=50&last_generation=${generation}&format=plain`);
  await input('quiet', 'news\n');
  const second = (await waiting).json;
  assert.ok(second.generation > generation && second.screen.lines.includes('news'), JSON.stringify(second));
  // `fresh` watches the silence itself, also when it has been quiet for long.
  const fresh = await get('/sessions/quiet/idle?timeout_ms=200&fresh=true&format=plain');
  assert.deepEqual([fresh.status, fresh.json.generation], [200, second.generation]);

  await post('/sessions', { name: 'noisy', command: 'while :; do echo tick; sleep 0.05; done', tags: ['loud'] });
  failure(await get('/sessions/noisy/idle?timeout_ms=5000&max_wait_ms=300'), 408, 'idle_timeout');
  const any = (await get('/idle?timeout_ms=1000&format=plain')).json;
  assert.deepEqual([any.session, any.screen.lines.includes('news'), typeof any.scrollback_lines], ['quiet', true, 'number']);
  assert.equal((await get('/idle?timeout_ms=1000&fresh=true&tag=calm,loud')).json.session, 'quiet');
  failure(await get('/idle?timeout_ms=5000&max_wait_ms=300&tag=loud'), 408, 'idle_timeout');
  failure(await get('/idle?timeout_ms=10&tag=nobody'), 404, 'no_sessions');
  // The one that won last time waits for something new.
  failure(await get(`/idle?timeout_ms=1000&max_wait_ms=1500&last_session=quiet&last_generation=${any.generation}`), 408, 'idle_timeout');
  const again = get(`/idle?timeout_ms=500&last_session=quiet&last_generation=${any.generation}&format=plain`);
  await input('quiet', 'more\n');
  assert.deepEqual([(await again).json.session, (await again).json.screen.lines.includes('more')], ['quiet', true]);
  failure(await get('/sessions/quiet/idle'), 400, 'invalid_request');
  failure(await get('/idle?timeout_ms=soon'), 400, 'invalid_request');
  for (const name of ['quiet', 'noisy']) await call('DELETE', `/sessions/${name}`);
  await server.stop();
});

spec('wsh: failures have its codes', async () => {
  const { s, get, post, call, input, bare } = await client();
  for (const path of ['', '/screen', '/scrollback', '/idle?timeout_ms=1']) failure(await get(`/sessions/nowhere${path}`), 404, 'session_not_found');
  failure(await input('nowhere', 'x'), 404, 'session_not_found');
  failure(await call('DELETE', '/sessions/nowhere'), 404, 'session_not_found');
  failure(await call('PATCH', '/sessions/nowhere', { name: 'x' }), 404, 'session_not_found');
  failure(await post('/sessions', { tags: ['a b'] }), 400, 'invalid_tag');
  failure(await post('/sessions', { tags: 'build' }), 400, 'invalid_tag');
  failure(await post('/sessions', { cwd: '/nowhere/at/all' }), 400, 'invalid_request');
  failure(await post('/sessions', '{"name":'), 400, 'invalid_request');
  const made = await post('/sessions', { name: 'wsh-taken', command: 'cat' });
  failure(await post('/sessions', { name: 'wsh-taken', command: 'cat' }), 409, 'session_name_conflict');
  assert.deepEqual([(await bare('GET', '/health')).json.status, made.status], ['ok', 201]);
  failure(await call('GET', '/sessions', undefined, { Authorization: 'Bearer wrong' }), 401, 'auth_required');
  // What a page of another site could send changes nothing.
  const form = { 'Content-Type': 'text/plain' };
  assert.equal((await bare('POST', '/sessions/wsh-taken/input', 'x\n', form)).status, 415);
  for (const headers of [{ Origin: 'http://elsewhere.example' }, { Host: `elsewhere.example:${s.port}` }]) {
    assert.ok([401, 403].includes((await bare('GET', '/sessions', undefined, headers)).status), JSON.stringify(headers));
    assert.ok([401, 403, 415].includes((await bare('POST', '/sessions/wsh-taken/input', 'x\n', { ...form, ...headers })).status));
  }
  assert.doesNotMatch((await s.screen('wsh-taken')).join(''), /x/);
  const reader = { Authorization: `Bearer ${await s.token('wsh-reader', ['read'])}` };
  assert.equal((await bare('GET', '/sessions/wsh-taken/screen', undefined, reader)).status, 200);
  assert.equal((await bare('POST', '/sessions/wsh-taken/input', 'x\n', { ...form, ...reader })).status, 403);
  const wrong = await call('PUT', '/sessions/wsh-taken');
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'DELETE, GET, HEAD, PATCH, OPTIONS']);
  await call('DELETE', '/sessions/wsh-taken');
  const { json: shell } = await post('/sessions', { name: 'wsh-gate' });
  await s.at_prompt(shell.name);
  assert.equal((await input('wsh-gate', 'history -c\n')).status, 403, 'the gate');
  await call('DELETE', '/sessions/wsh-gate');
});
