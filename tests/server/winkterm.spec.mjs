// WinkTerm's contract as its clients use it: every method over its WebSocket and over HTTP, the same answer by both.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { http_of, streams, winkterm } from './support/winkterm.mjs';

const transports = ['ws', 'http'];
const b64 = (text) => Buffer.from(text).toString('base64');
for (const transport of transports) {
  spec(`stored SSH connections by ${transport}`, async () => {
    const client = await winkterm(await main_server());
    const call = async (method, params) => {
      const answer = await client.call(transport, method, params);
      assert.equal(answer.status, 200, `${method}: ${answer.message}`);
      return answer.data;
    };
    const body = { title: `wt-${transport}`, host: '192.0.2.1', port: 2222, username: 'root', auth_type: 'password', password: 'sesame', private_key_path: null, passphrase: null, vnc_port: 5901, vnc_password: null, color: '#aabbcc', group: 'lab' };
    const made = await call('ssh.connections.create', body);
    assert.deepEqual(Object.keys(made).sort(), ['id', 'success']);
    const conn_id = made.id;
    const { connection } = await call('ssh.connections.get', { conn_id });
    for (const name of ['id', 'title', 'host', 'port', 'username', 'auth_type', 'password', 'private_key_path', 'passphrase', 'color', 'group', 'created_at', 'last_connected']) assert.ok(name in connection, name);
    assert.deepEqual([connection.password, connection.passphrase, connection.color, connection.last_connected], ['********', null, '#aabbcc', null]);
    assert.ok(!Number.isNaN(Date.parse(connection.created_at)));
    assert.deepEqual(await call('ssh.connections.update', { conn_id, title: `wt2-${transport}`, password: '********' }), { success: true });
    const { connections } = await call('ssh.connections.list');
    assert.equal(connections.find((one) => one.id === conn_id).title, `wt2-${transport}`);
    assert.deepEqual(await call('ssh.import_electerm', { bookmarks: [{ title: 'again', host: '192.0.2.1', port: 2222, username: 'root' }, { title: 'fresh', host: `${transport}.example.org`, username: 'me', authType: 'password', password: 'x' }] }), { success: true, imported: 1 });
    const fails = async (status, method, params) => assert.equal((await client.call(transport, method, params)).status, status, method);
    await fails(400, 'ssh.connections.create', { host: '', username: 'root' });
    await fails(400, 'ssh.connections.create', { host: '192.0.2.1', username: '' });
    await fails(400, 'ssh.import_electerm', { bookmarks: [] });
    await fails(403, 'ssh.connections.get', { conn_id, secrets: true });
    for (const id of [conn_id, `${transport}.example.org`]) assert.deepEqual(await call('ssh.connections.delete', { conn_id: id }), { success: true });
    for (const method of ['get', 'update', 'delete']) await fails(404, `ssh.connections.${method}`, { conn_id });
  });

  spec(`a terminal from its creation to its end by ${transport}`, async () => {
    const client = await winkterm(await main_server());
    const call = async (method, params) => {
      const answer = await client.call(transport, method, params);
      assert.equal(answer.status, 200, `${method}: ${answer.message}`);
      return answer.data;
    };
    const fails = async (status, method, params) => {
      const answer = await client.call(transport, method, params);
      assert.equal(answer.status, status, `${method}: ${JSON.stringify(answer)}`);
      assert.equal(typeof answer.message, 'string');
    };
    const made = await call('terminal.create', { name: `wt-${transport}`, type: 'local', connection_id: null, user_visible: false, transient: true });
    assert.deepEqual([made.cols, made.rows, made.ttl_seconds, made.created_by, made.user_visible, made.transient], [120, 40, 1800, transport === 'ws' ? 'agent:ws' : 'agent:external', false, true]);
    const terminal_id = made.id;
    await until(async () => (await client.server.get(terminal_id)).state === 'prompt', 'the prompt');
    assert.ok((await call('terminal.list')).terminals.some((one) => one.id === terminal_id));
    assert.equal((await call('terminal.get', { terminal_id })).id, terminal_id);

    const done = await call('terminal.exec', { terminal_id, command: 'echo one', command_b64: b64(' two; (exit 3)') });
    assert.deepEqual([done.ok, done.exit_code, done.stdout.trimEnd(), done.alive], [true, 3, 'one two', true]);
    assert.equal(typeof done.size, 'number');
    const there = await call('terminal.exec', { terminal_id, command: 'pwd; echo "$WT_VALUE"', cwd: '/', env: { WT_VALUE: "it's" } });
    assert.equal(there.stdout.trimEnd(), "/\nit's");
    assert.equal(there.cwd, made.cwd, 'the directory of one command became the one of the terminal');
    assert.deepEqual(await call('terminal.exec', { terminal_id, command: '' }).then(({ ok, reason }) => ({ ok, reason })), { ok: false, reason: 'empty_command' });
    const late = await call('terminal.exec', { terminal_id, command: 'echo begun; sleep 30', timeout: 0.5 });
    assert.deepEqual([late.ok, late.reason, late.stdout.trimEnd(), late.alive], [false, 'timeout', 'begun', true]);
    assert.deepEqual(Object.keys(await call('terminal.input', { terminal_id, keys: ['ctrl+c'], enter: false })).sort(), ['ok', 'since']);
    await until(async () => (await client.server.get(terminal_id)).state === 'prompt', 'the prompt again');

    const typed = await call('terminal.input', { terminal_id, data: 'printf "%s\\n" typed', wait: true, idle: 0.3, strip_echo: true });
    assert.deepEqual([typed.ok, typed.reason, typed.alive, typed.size > typed.since], [true, 'idle', true, true]);
    assert.match(typed.output, /^typed\n/);
    const snapshot = await call('terminal.snapshot', { terminal_id, pattern: '^TYPED$', case_insensitive: true, context: 1 });
    assert.deepEqual([snapshot.grep.match_count, snapshot.grep.matches.filter((one) => one.match).map((one) => one.line)], [1, ['typed']]);
    assert.deepEqual([snapshot.truncated, snapshot.alive, snapshot.output.includes('\x1b')], [false, true, false]);
    assert.equal((await call('terminal.snapshot', { terminal_id, since: snapshot.size })).output, '');

    await fails(400, 'terminal.input', { terminal_id, keys: ['hyper+x'] });
    await fails(400, 'terminal.input', { terminal_id, data_b64: '%%%' });
    await fails(400, 'terminal.exec', { terminal_id, command_b64: '%%%' });
    await fails(400, 'terminal.exec', { terminal_id, command: 'true', env: { '1BAD': 'x' } });
    await fails(400, 'terminal.snapshot', { terminal_id, pattern: '(' });
    await fails(404, 'terminal.create', { type: 'ssh', connection_id: 'ab12cd34' });
    for (const method of ['terminal.get', 'terminal.delete', 'terminal.snapshot', 'terminal.input', 'terminal.exec']) await fails(404, method, { terminal_id: 'nowhere' });
    for (const method of ['job.get', 'job.cancel']) await fails(404, method, { job_id: 'nowhere' });
    assert.ok(Array.isArray((await call('job.list')).jobs));

    assert.deepEqual(await call('terminal.delete', { terminal_id }), { success: true });
    await fails(404, 'terminal.delete', { terminal_id });
    const { events } = await call('events.recent', { limit: 500 });
    const mine = events.filter((event) => event.terminal_id === terminal_id);
    assert.equal(mine[0].action, 'terminal_create');
    assert.equal(mine.at(-1).action, 'terminal_close');
    assert.ok(mine.some((event) => event.action === 'terminal_exec' && event.command === '(b64)') || mine.some((event) => event.action === 'terminal_exec' && event.command.startsWith('echo one')));
    const after = (await call('events.recent', { since_id: mine.at(-1).id - 1, limit: 1 })).events;
    assert.equal(after.length, 1);
  });
}

spec('the methods of both ways and no others: what only the socket has, what nobody has', async () => {
  const server = await main_server();
  const token = await server.handshake_token();
  const rpc = await Rpc.open(server.tcp, `/ws/agent?token=${token}`);
  await rpc.next((frame) => frame.type === 'ready', 'ready');
  for (const method of [...Object.keys(http_of), ...streams]) {
    const end = await rpc.call(method, { terminal_id: 'nowhere', conn_id: 'nowhere', job_id: 'nowhere', host: 'h', username: 'u', since_id: -1 });
    if (end.type === 'result') assert.match(method, /\.(create|list|recent)$/, method);
    else assert.notEqual(end.error.name, 'method_not_found', method);
    if (method === 'terminal.create') await server.close(end.data.id);
  }
  assert.equal((await rpc.call('ssh.nothing', {})).error.name, 'method_not_found');
  await rpc.close();
  const headers = { Authorization: `Bearer ${token}` };
  for (const path of ['/api/agent/ssh/x/run', '/api/agent/ssh/x/files/content']) {
    const wrong = await ask(server.tcp, { method: 'PATCH', path, headers });
    assert.deepEqual([wrong.status, wrong.code], [405, 'method_not_allowed']);
  }
  assert.equal((await ask(server.tcp, { path: '/api/agent/ssh/x/nothing', headers })).status, 404);
});

spec('jobs: cancelling one as WinkTerm does', async () => {
  const server = await main_server();
  const client = await winkterm(server);
  const { id } = await server.shell();
  const running = await server.exec(id, 'sleep 60', { background_after: 0 });
  const listed = (await client.call('http', 'job.list')).data.jobs;
  assert.ok(listed.some((job) => job.job_id === running.job_id && job.done === false));
  const cancelled = await client.call('http', 'job.cancel', { job_id: running.job_id });
  assert.equal(cancelled.status, 200, cancelled.message);
  assert.equal(cancelled.data.job_id, running.job_id);
  await until(async () => (await client.call('ws', 'job.get', { job_id: running.job_id })).data.job.done, 'the end of the job');
  await server.close(id);
});

spec('the socket asks with ping and takes pong; a request runs beside others', async () => {
  const server = await main_server();
  const token = await server.handshake_token();
  const rpc = await Rpc.open(server.tcp, `/ws/agent?token=${token}`);
  await rpc.next((frame) => frame.type === 'ready', 'ready');
  const { id } = await server.shell();
  rpc.send({ id: 'long', method: 'terminal.exec', params: { terminal_id: id, command: 'for i in 1 2 3; do echo "$i"; sleep 0.2; done' } });
  rpc.send({ type: 'pong' });
  assert.equal((await rpc.call('terminal.get', { terminal_id: id }, 'short')).type, 'result');
  assert.ok(!rpc.frames.some((frame) => frame.id === 'long' && frame.type === 'result'), 'the short request waited for the long one');
  const long = await rpc.answer('long');
  assert.equal(long.data.exit_code, 0);
  for (const item of rpc.progress('long')) assert.deepEqual(Object.keys(item).sort(), ['output', 'size']);
  await rpc.next((frame) => frame.type === 'ping', 'a heartbeat');
  rpc.send({ id: 'watch', method: 'events.stream', params: { since_id: 0 } });
  const event = await rpc.next((frame) => frame.id === 'watch', 'an event');
  assert.deepEqual([event.type, event.data.event, typeof event.data.id, typeof event.data.action], ['progress', 'agent_event', 'number', 'string']);
  rpc.send({ type: 'cancel', id: 'watch' });
  assert.deepEqual(await rpc.answer('watch'), { id: 'watch', type: 'cancelled' });
  await rpc.close();
  await server.close(id);
});

spec('signing in: status, the key, and settings that keep their secrets', async () => {
  const server = await start({ env: { WEB_ACCESS_KEY: 'a long access key', AGENT_API_TOKEN: 'a-token-from-the-environment' } });
  const status = await ask(server.tcp, { path: '/api/auth/status' });
  assert.deepEqual([status.json.local, status.json.configured, status.json.authenticated], [true, true, true]);
  const login = (key) => ask(server.tcp, { method: 'POST', path: '/api/auth/login', body: { key } });
  assert.equal((await login('wrong')).status, 401);
  assert.equal((await login('a long access key')).json.success, true);
  const owner = (method, path, body) => ask(server.tcp, { method, path, body, headers: { 'X-Duotty': '1' } });
  assert.equal((await owner('GET', '/api/settings/token/reveal')).json.token, 'a-token-from-the-environment');
  assert.deepEqual((await owner('POST', '/api/settings', { api_key: 'sk-1234567890abcdef', base_url: 'http://127.0.0.1:9/v1', api_format: 'openai', models: [{ id: 'm', name: 'm' }], selected_model: 'm' })).json, { success: true });
  const masked = (await owner('GET', '/api/settings')).json;
  assert.match(masked.api_key, /\*\*\*\*/);
  assert.doesNotMatch(JSON.stringify(masked), /1234567890/);
  for (const unchanged of [masked.api_key, '']) assert.deepEqual((await owner('POST', '/api/settings', { api_key: unchanged })).json, { success: true });
  const exported = await owner('GET', '/api/settings/export');
  assert.match(exported.headers['content-disposition'], /^attachment; filename=/);
  assert.deepEqual([exported.json.api_key, exported.json.selected_model, exported.json.base_url], ['sk-1234567890abcdef', 'm', 'http://127.0.0.1:9/v1']);
  const health = await ask(server.tcp, { path: '/health' });
  assert.deepEqual([health.status, health.json.status, typeof health.json.version], [200, 'ok', 'string']);
  await server.stop();
});
