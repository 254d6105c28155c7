// persistent-terminal-api's paths, as its documentation has them.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

/** Requests as its documented examples send them: JSON, and no token from the same machine. */
async function client(user = 'test-user') {
  const s = await main_server();
  const call = (method, path, body, headers = {}) => ask(s.tcp, { method, path: `/api/terminals${path}`, body, headers });
  const get = (path, query = {}) => call('GET', `${path}?${new URLSearchParams({ userId: user, ...query })}`);
  // Until what was typed last is done: right after the input the terminal is still at the prompt before it.
  const done = async (id) => assert.equal((await s.api('POST', `/api/agent/terminals/${id}/wait`, { prompt: true })).reason, 'prompt');
  return { s, user, done, call, get, post: (path, body = {}) => call('POST', path, { userId: user, ...body }) };
}

function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.success, answer.code], [status, false, code], answer.text);
  assert.equal(answer.json.message, answer.json.error.message);
}

spec('persistent_terminal: create, list and look', async () => {
  const { s, get, post, call } = await client('alice');
  const made = await post('', { cwd: '/tmp', shell: '/bin/bash' });
  assert.deepEqual([made.status, made.json.success], [201, true]);
  const { terminalId, pid, shell, cwd, status, cols, rows, userId } = made.json.data;
  assert.deepEqual([shell, cwd, status, cols, rows, userId], ['/bin/bash', '/tmp', 'active', 80, 24, 'alice']);
  assert.ok(pid > 1);
  const info = await s.get(terminalId);
  assert.deepEqual([info.created_by, info.tags, info.ttl_seconds], ['agent:alice', ['user:alice'], 86400]);
  const listed = (await get('')).json.data;
  assert.equal(listed.count, listed.terminals.length);
  const one = listed.terminals.find((terminal) => terminal.id === terminalId);
  assert.deepEqual([one.pid, one.status, one.cwd], [pid, 'active', '/tmp']);
  assert.ok(!Number.isNaN(Date.parse(one.created)) && Math.abs(Date.parse(one.lastActivity) - Date.now()) < 600_000, JSON.stringify(one));
  assert.equal((await get(`/${terminalId}`)).json.data.id, terminalId);
  // Another user sees neither the one nor the other.
  const bob = await client('bob');
  assert.ok(!(await bob.get('')).json.data.terminals.some((terminal) => terminal.id === terminalId));
  refused(await bob.get(`/${terminalId}`), 403, 'denied');
  refused(await bob.post(`/${terminalId}/input`, { input: 'echo stolen' }), 403, 'denied');
  refused(await bob.get(`/${terminalId}/output`), 403, 'denied');
  refused(await bob.get(`/${terminalId}/stats`), 403, 'denied');
  refused(await bob.call('DELETE', `/${terminalId}`, { userId: 'bob' }), 403, 'denied');
  refused(await call('GET', ''), 400, 'invalid_params');
  refused(await call('POST', '', { cwd: '/tmp' }), 400, 'invalid_params');
  refused(await post('', {}), 400, 'invalid_params');
  refused(await post('', { cwd: '/tmp', cols: 0 }), 400, 'invalid_params');
  refused(await post('', { cwd: '/nowhere/at/all' }), 400, 'invalid_params');
  refused(await get('/nowhere'), 404, 'terminal_not_found');
  await s.close(terminalId);
});

spec('persistent_terminal: a command, and its output in every mode', async () => {
  const { s, done, get, post } = await client();
  const { terminalId: id } = (await post('', { cwd: '/tmp', cols: 200 })).json.data;
  await s.at_prompt(id);
  const begin = (await get(`/${id}/output`, { since: 0 })).json.data.nextReadFrom;
  const typed = await post(`/${id}/input`, { input: "printf '\\033[31m%s\\033[0m\\n' red; seq 1 300" });
  assert.deepEqual([typed.status, typed.json.success], [200, true]);
  await done(id);
  const output = async (query) => (await get(`/${id}/output`, query)).json.data;

  const tail = await output({ mode: 'tail', tailLines: 5, clean: true });
  assert.match(tail.output, /^297\n298\n299\n300\n/);
  assert.ok(tail.totalLines >= 302 && tail.truncated && !tail.hasMore);
  assert.equal(tail.stats.linesShown, 5);
  const head = await output({ mode: 'head', headLines: 3, clean: true });
  assert.match(head.output, /\nred\n1$/);
  assert.equal(head.hasMore, true);
  const both = await output({ mode: 'head-tail', headLines: 4, tailLines: 2, clean: true });
  assert.match(both.output, /\nred\n1\n2\n\.\.\. \[\d+ lines omitted\] \.\.\.\n300\n/);
  assert.deepEqual([both.stats.linesShown, both.stats.linesOmitted], [6, both.totalLines - 6]);
  const short = await output({ mode: 'head-tail', headLines: 1000, tailLines: 1000, clean: true });
  assert.deepEqual([short.truncated, /omitted/.test(short.output), short.stats.linesShown], [false, false, short.totalLines]);
  const full = await output({ mode: 'full', maxLines: 2000, clean: 'true' });
  assert.deepEqual([full.output, full.totalLines], [short.output, short.totalLines]);
  assert.ok(!full.output.includes('\x1b'));
  const coloured = await output({ mode: 'full' });
  assert.match(coloured.output, /\x1b\[[0-9;]*31m.*red/s);
  const bare = await output({});
  assert.equal(bare.output, coloured.output);

  const added = await output({ since: begin, clean: true });
  assert.match(added.output, /red\n1\n2\n3\n/);
  assert.ok(added.nextReadFrom > begin);
  assert.equal((await output({ since: added.nextReadFrom, clean: true })).nextReadFrom, added.nextReadFrom);
  await post(`/${id}/input`, { input: 'echo more\n' });
  await done(id);
  const more = await output({ since: added.nextReadFrom, clean: true });
  assert.match(more.output, /echo more\nmore\n/);
  assert.doesNotMatch(more.output, /\n300\n/);

  // A Ctrl-C before the program is there goes to the shell, which has nothing to stop then.
  await post(`/${id}/input`, { input: "sh -c 'echo begun; exec sleep 60'" });
  await until(async () => (await s.screen(id)).includes('begun'), 'the command');
  await post(`/${id}/input`, { input: '\x03' });
  await done(id);
  await post(`/${id}/input`, { input: 'echo half', appendNewline: false });
  await until(async () => (await s.screen(id)).some((line) => line.endsWith('echo half')), 'the half line');
  await post(`/${id}/input`, { sendEnter: true });
  await until(async () => (await s.screen(id)).includes('half'), 'the rest');
  refused(await post(`/${id}/input`, {}), 400, 'invalid_params');
  refused(await post(`/${id}/input`, { input: 7 }), 400, 'invalid_params');
  refused(await get(`/${id}/output`, { mode: 'sideways' }), 400, 'invalid_params');
  await s.close(id);
});

spec('persistent_terminal: statistics, another size, and the end', async () => {
  const { s, user, done, get, post, call } = await client();
  const { terminalId: id } = (await post('', { cwd: '/tmp' })).json.data;
  await s.at_prompt(id);
  await post(`/${id}/input`, { input: 'seq 1 50' });
  await done(id);
  const stats = (await get(`/${id}/stats`)).json.data;
  assert.deepEqual([stats.terminalId, stats.isActive, stats.oldestLine], [id, true, 0]);
  assert.ok(stats.totalLines >= 51 && stats.totalBytes > 141 && stats.estimatedTokens > 50 && stats.newestLine >= 51 && stats.bufferSize >= 51, JSON.stringify(stats));
  const resized = await call('PUT', `/${id}/resize`, { userId: user, cols: 100, rows: 30 });
  assert.deepEqual([resized.status, resized.json.data.cols, resized.json.data.rows], [200, 100, 30]);
  refused(await call('PUT', `/${id}/resize`, { userId: user, cols: 100 }), 400, 'invalid_params');
  refused(await call('DELETE', `/${id}`, { userId: user, signal: 'SIGNOPE' }), 400, 'invalid_params');
  const ended = await call('DELETE', `/${id}`, { userId: user, signal: 'SIGKILL' });
  assert.deepEqual([ended.status, ended.json.success], [200, true]);
  refused(await get(`/${id}`), 404, 'terminal_not_found');
  assert.equal((await ask(s.tcp, { path: '/api/health' })).status, 200);
  const wrong = await call('PATCH', '', {});
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET, HEAD, POST, OPTIONS']);
});

spec('persistent_terminal: the rules of every other route hold', async () => {
  const { s, call } = await client();
  const body = { userId: 'x', cwd: '/tmp' };
  for (const headers of [{ Origin: 'http://elsewhere.example' }, { Host: `elsewhere.example:${s.port}` }, { 'X-Forwarded-For': '10.0.0.1' }]) {
    const answer = await call('POST', '', body, headers);
    assert.ok([401, 403].includes(answer.status), `${JSON.stringify(headers)}: ${answer.status}`);
  }
  const form = await ask(s.tcp, { method: 'POST', path: '/api/terminals', body: 'userId=x&cwd=/tmp', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
  assert.deepEqual([form.status, form.code], [415, 'unsupported_media']);
  const reader = { Authorization: `Bearer ${await s.token('pt-reader', ['read'])}` };
  assert.equal((await call('GET', '?userId=x', undefined, reader)).status, 200);
  refused(await call('POST', '', body, reader), 403, 'denied');
  refused(await call('POST', '', body, { Authorization: 'Bearer wrong' }), 401, 'unauthenticated');
  refused(await call('POST', '', '{"userId":', {}), 400, 'invalid_json');
  refused(await call('POST', '', '[]', {}), 400, 'invalid_params');
  // The gate judges what is sent here as everywhere.
  const { terminalId: id } = (await call('POST', '', body)).json.data;
  await s.at_prompt(id);
  refused(await call('POST', `/${id}/input`, { userId: 'x', input: 'rm -rf /' }), 403, 'denied');
  await s.close(id);
});
