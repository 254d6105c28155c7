// The audit: every call that changes something leaves one row that says who, what, where and how, and no contents; nobody
// can change it, and it outlives the worker.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

const bearer = (token) => ({ Authorization: `Bearer ${token}` });
/** JSON as the server hashes it: sorted keys, no blanks. */
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object') return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
  return JSON.stringify(value);
};
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

let prepared = null;
function fixture() {
  prepared ??= (async () => {
    const s = await start();
    const token = await s.token('ci', ['read', 'type', 'exec']);
    const shell = await s.shell({ name: 'build' });
    return { s, token, shell };
  })();
  return prepared;
}

const entries = async (s, query = '') => (await s.api('GET', `/api/audit?${query}`)).entries;

spec('audit: a command of a token is told with its hash, outcome and place, and never with its text', async () => {
  const { s, token, shell } = await fixture();
  const path = `/api/agent/terminals/build/exec`;
  const done = await ask(s.tcp, { method: 'POST', path, headers: { ...bearer(token), 'User-Agent': 'spec/1' }, body: { command: 'echo very-private; false' } });
  assert.equal(done.json.exit_code, 1);
  const [entry] = await entries(s, 'who=token:ci&method=terminal.exec');
  const sent = { command: 'echo very-private; false', terminal_id: 'build' };
  assert.equal(entry.sha256, sha256(canonical(sent)));
  assert.equal(entry.bytes, Buffer.byteLength(canonical(sent)));
  assert.deepEqual(
    [entry.kind, entry.who, entry.surface, entry.client, entry.terminal_id, entry.terminal_name, entry.outcome, entry.status, entry.exit_code],
    ['token', 'token:ci', 'http', 'spec/1', shell.id, 'build', 'ok', 'completed', 1],
  );
  assert.ok(Math.abs(entry.time - Date.now() / 1000) < 600 && entry.duration_ms >= 0);
  assert.match(entry.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.doesNotMatch(JSON.stringify(await entries(s)), /very-private/);
  const files = ['audit.db', 'audit.db-wal'].map((name) => readFileSync(join(s.home, 'duotty', 'state', name)).toString('latin1')).join('');
  assert.doesNotMatch(files, /very-private/);
  assert.equal(statSync(join(s.home, 'duotty', 'state', 'audit.db')).mode & 0o777, 0o600);
});

spec('audit: every surface is told, failures too, and reading is not', async () => {
  const { s, token, shell } = await fixture();
  const rpc = await Rpc.open(s.tcp, '/ws/agent', bearer(token));
  await rpc.call('terminal.input', { terminal_id: shell.id, data: 'true', enter: true });
  await rpc.call('terminal.exec', { terminal_id: 'nowhere', command: 'true' }).catch(() => undefined);
  await rpc.call('terminal.list', {});
  const of_token = await entries(s, 'who=token:ci');
  assert.deepEqual(of_token.slice(0, 2).map((entry) => [entry.method, entry.surface, entry.outcome]), [['terminal.exec', 'ws', 'terminal_not_found'], ['terminal.input', 'ws', 'ok']]);
  assert.ok(of_token.every((entry) => entry.method !== 'terminal.list'));
  const agent = await s.handshake_token();
  await ask(s.tcp, { method: 'POST', path: '/api/agent/terminals', headers: bearer(agent), body: { command: ['/bin/cat'], name: 'made' } });
  const [made] = await entries(s, 'kind=agent');
  assert.deepEqual([made.method, made.who, made.terminal_name], ['terminal.create', 'agent', 'made']);
  assert.ok((await entries(s, 'method=handshake')).length >= 1, 'giving out the token is told');
  assert.deepEqual((await entries(s, 'terminal_id=made')).map((entry) => entry.method), ['terminal.create']);
});

/** The items of activity.stream so far, as somebody on the Unix socket sees them. */
async function watch_activity(s) {
  const watch = await Rpc.open(s.unix, '/ws/agent', {});
  watch.send({ id: 'now', method: 'activity.stream', params: {} });
  const items = () => watch.frames.filter((frame) => frame.id === 'now' && frame.type === 'progress').map((frame) => frame.data);
  await until(() => items().some((item) => item.event === 'snapshot'), 'the snapshot');
  return items;
}

spec('audit: a call that is taken back is told as cancelled', async () => {
  const { s, token } = await fixture();
  const items = await watch_activity(s);
  const shell = await s.shell({ name: 'waits' });
  const rpc = await Rpc.open(s.tcp, '/ws/agent', bearer(token));
  rpc.send({ id: 'slow', method: 'terminal.exec', params: { terminal_id: shell.id, command: 'sleep 300', timeout: 300 } });
  const told = (running) => items().some((item) => item.event === 'activity' && item.terminal_id === shell.id && item.method === 'terminal.exec' && item.running === running);
  await until(() => told(true), 'the call to begin');
  await until(async () => (await s.get(shell.id)).state === 'running', 'its command to run');
  assert.deepEqual(await entries(s, `terminal_id=${shell.id}&method=terminal.exec`), [], 'a call has no row before its end');
  rpc.send({ id: 'slow', type: 'cancel' });
  await until(() => rpc.frames.some((frame) => frame.id === 'slow' && frame.type === 'cancelled'), 'the answer');
  const [entry, ...more] = await entries(s, `terminal_id=${shell.id}&method=terminal.exec`);
  assert.deepEqual([entry.outcome, entry.who, entry.exit_code, more.length], ['cancelled', 'token:ci', null, 0]);
  await until(() => told(false), 'the end to be told');
  await s.api('DELETE', `/api/agent/terminals/${shell.id}`);
});

spec('audit: what a token has no scope for is told as denied, on every surface and for reading too', async () => {
  const { s, shell } = await fixture();
  const items = await watch_activity(s);
  const narrow = await s.token('narrow', ['read']);
  const path = `/api/agent/terminals/${shell.id}/exec`;
  const body = { command: 'echo not-allowed' };
  const refused = await ask(s.tcp, { method: 'POST', path, headers: { ...bearer(narrow), 'User-Agent': 'spec/2' }, body });
  assert.deepEqual([refused.status, refused.code], [403, 'denied']);
  const rpc = await Rpc.open(s.tcp, '/ws/agent', bearer(narrow));
  for (const [method, params] of [['terminal.input', { terminal_id: shell.id, data: 'x' }], ['audit.list', {}], ['audit.export', {}]]) {
    assert.equal((await rpc.call(method, params)).error?.name, 'denied', method);
  }
  assert.equal((await rpc.call('terminal.list', {})).type, 'result');
  const told = await entries(s, 'who=token:narrow');
  assert.deepEqual(
    told.map((entry) => [entry.method, entry.surface, entry.outcome]),
    [['audit.export', 'ws', 'denied'], ['audit.list', 'ws', 'denied'], ['terminal.input', 'ws', 'denied'], ['terminal.exec', 'http', 'denied']],
  );
  const exec = told.at(-1);
  const sent = canonical({ ...body, terminal_id: shell.id });
  assert.deepEqual([exec.kind, exec.client, exec.terminal_name, exec.sha256, exec.bytes], ['token', 'spec/2', 'build', sha256(sent), Buffer.byteLength(sent)]);
  assert.equal((await entries(s, 'outcome=denied&who=token:narrow')).length, 4);
  assert.doesNotMatch(JSON.stringify(told), /not-allowed/);
  const seen = () => items().filter((item) => item.event === 'activity' && item.who === 'token:narrow');
  await until(() => seen().length === 4, 'all four in the live list');
  assert.deepEqual(seen().map((item) => [item.method, item.running, item.outcome]), told.reverse().map((entry) => [entry.method, false, 'denied']));
  // Whom nobody knows makes no rows.
  const before = (await entries(s, 'limit=1'))[0].id;
  assert.equal((await ask(s.tcp, { method: 'POST', path, headers: bearer('dt_made_up'), body })).status, 401);
  assert.equal((await entries(s, 'limit=1'))[0].id, before);
});

spec('audit: a token that is refused on and on does not push out what others did', async () => {
  const { s } = await fixture();
  const eager = await s.token('eager', ['read']);
  const rpc = await Rpc.open(s.tcp, '/ws/agent', bearer(eager));
  for (let turn = 0; turn < 10; turn++) {
    const answers = await Promise.all(Array.from({ length: 30 }, () => rpc.call('audit.list', {})));
    assert.ok(answers.every((answer) => answer.error?.name === 'denied'));
  }
  const rows = await entries(s, 'who=token:eager&limit=500');
  assert.ok(rows.length >= 100 && rows.length < 200, `${rows.length} rows`);
  assert.ok(rows.every((entry) => entry.outcome === 'denied'));
});

spec('audit: secrets are not hashed into it', async () => {
  const { s } = await fixture();
  const body = { api_key: 'sk-guess-me-0001', theme: 'dark' };
  await s.api('POST', '/api/settings', body);
  const [entry] = await entries(s, 'method=settings.set');
  assert.notEqual(entry.sha256, sha256(canonical(body)));
  assert.equal(entry.sha256, sha256(canonical({ ...body, api_key: '***' })));
  const shell = await s.shell({ name: 'asks' });
  await s.input(shell.id, { data: 'read -s secret', enter: true });
  await until(async () => (await s.get(shell.id)).state === 'running', 'read to wait');
  await s.input(shell.id, { data: 'hunter2', enter: true });
  const [typed] = await entries(s, 'method=terminal.input&terminal_id=asks');
  assert.equal(typed.sha256, null);
});

spec('audit: pages, filters and bad filters', async () => {
  const { s } = await fixture();
  const all = await entries(s, 'limit=500');
  const found = [];
  let before = '';
  for (let page = 0; page < 100; page++) {
    const answer = await s.api('GET', `/api/audit?limit=3${before}`);
    found.push(...answer.entries);
    if (answer.next_before === null) break;
    before = `&before=${answer.next_before}`;
  }
  assert.deepEqual(found.map((entry) => entry.id), all.map((entry) => entry.id));
  assert.deepEqual(all.map((entry) => entry.id), Array.from({ length: all.length }, (_, index) => all.length - index), 'ids have no gaps');
  assert.ok((await entries(s, 'outcome=failed')).every((entry) => entry.outcome !== 'ok'));
  assert.ok((await entries(s, 'method=tokens.')).every((entry) => entry.method.startsWith('tokens.')));
  assert.deepEqual(await entries(s, `since=${Date.now() / 1000 + 1000}`), []);
  assert.deepEqual(await entries(s, `who=${encodeURIComponent("' OR '1'='1")}`), []);
  for (const query of ['limit=0', 'limit=501', 'kind=ghost', 'since=monday', 'before=0', 'unknown_field=1']) {
    const bad = await ask(s.unix, { path: `/api/audit?${query}` });
    assert.deepEqual([bad.status, bad.code], [400, 'invalid_params'], query);
  }
});

spec('audit: the export is the whole of it as JSON lines, oldest first', async () => {
  const { s } = await fixture();
  const all = (await entries(s, 'limit=500')).reverse();
  const response = await ask(s.unix, { path: '/api/audit/export' });
  assert.equal(response.status, 200);
  assert.match(response.headers['content-type'], /^application\/x-ndjson/);
  assert.match(response.headers['content-disposition'], /duotty-audit\.jsonl/);
  assert.ok(response.text.endsWith('\n'));
  const lines = response.text.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines, all);
  const few = await ask(s.unix, { path: '/api/audit/export?method=tokens.create' });
  assert.ok(few.text.trimEnd().split('\n').every((line) => JSON.parse(line).method === 'tokens.create'));
  const none = await ask(s.unix, { path: '/api/audit/export?who=nobody' });
  assert.deepEqual([none.status, none.text], [200, '']);
  const bad = await ask(s.unix, { path: '/api/audit/export?kind=ghost' });
  assert.deepEqual([bad.status, bad.code], [400, 'invalid_params']);
});

spec('audit: agents neither read nor change it', async () => {
  const { s, token } = await fixture();
  for (const secret of [token, await s.handshake_token()]) {
    for (const path of ['/api/audit', '/api/audit/export']) {
      assert.equal((await ask(s.tcp, { path, headers: bearer(secret) })).code, 'denied', path);
      for (const method of ['DELETE', 'PUT', 'PATCH', 'POST']) {
        assert.equal((await ask(s.tcp, { method, path, headers: bearer(secret), body: {} })).status, 405, `${method} ${path}`);
      }
    }
    assert.equal((await ask(s.tcp, { method: 'POST', path: '/api/settings', headers: bearer(secret), body: { audit_entries: 1 } })).code, 'denied');
  }
});

spec('audit: it outlives the worker, and its length is a setting', async () => {
  const { s } = await fixture();
  const before = (await entries(s, 'limit=500')).map((entry) => entry.id);
  await s.kill_worker();
  await s.back();
  const after = (await entries(s, 'limit=500')).map((entry) => entry.id);
  assert.deepEqual(after.slice(-before.length), before);
  await s.api('POST', '/api/settings', { audit_entries: 3 });
  await until(async () => (await entries(s, 'limit=500')).length <= 4, 'the old ones to go');
  await s.api('POST', '/api/settings', { audit_entries: 0 });
  const count = (await entries(s, 'limit=500')).length;
  await s.api('POST', '/api/settings', { theme: 'dark' });
  assert.ok((await entries(s, 'limit=500')).length > count);
});

spec('audit: the command line shows and exports it', async () => {
  const { s } = await fixture();
  await s.api('POST', '/api/agent/terminals', { command: ['/bin/cat'], name: 'from-cli' });
  const shown = await s.cli(['audit', '--method', 'terminal.create', '--since', '1h']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /terminal\.create\s+from-cli\s+ok/);
  const all = await s.cli(['audit', '--all']);
  assert.ok(all.stdout.trimEnd().split('\n').every((line) => JSON.parse(line).id > 0));
  assert.equal((await s.cli(['audit', '--since', 'monday'])).code === 0, false);
});

spec('audit: what is being done now is told as it begins and ends', async () => {
  const { s, token, shell } = await fixture();
  const items = await watch_activity(s);
  assert.ok(items().some((item) => item.event === 'access' && item.requests.length === 0));
  await s.at_prompt(shell.id);
  await ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${shell.id}/exec`, headers: bearer(token), body: { command: 'echo seen' } });
  const told = () => items().filter((item) => item.event === 'activity' && item.what === 'echo seen');
  await until(() => told().length === 2, 'both ends of the call');
  assert.deepEqual(told().map((item) => [item.running, item.outcome, item.who]), [[true, null, 'token:ci'], [false, 'ok', 'token:ci']]);
  assert.equal(told()[0].id, told()[1].id);
  const narrow = await s.token('team-reader', ['read'], { owner: 'team' });
  const other = await Rpc.open(s.tcp, '/ws/agent', bearer(narrow));
  other.send({ id: 'now', method: 'activity.stream', params: {} });
  await until(() => other.frames.some((frame) => frame.data?.event === 'snapshot'), 'the snapshot of another owner');
  const snapshot = other.frames.find((frame) => frame.data?.event === 'snapshot').data;
  assert.deepEqual(snapshot.activities, [], 'another owner sees only its own');
  assert.ok(!other.frames.some((frame) => frame.data?.event === 'access'));
  await s.stop();
});
