// Counting what terminals hold, ending one with a signal and many at once, and saying where and with what a terminal starts.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

spec('upkeep: statistics count what was printed and how fast', async () => {
  const s = await main_server();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'stty -echo; seq 1 500; while read n; do seq 1 "$n"; done'], cols: 80, rows: 24 });
  const stats = (query = '') => s.api('GET', `/api/agent/terminals/${id}/stats${query}`);
  const first = await until(async () => { const all = await stats(); return all.lines === 500 && all; }, '500 rows');
  assert.deepEqual([first.terminal_id, first.first_line, first.end_line, first.kept_lines, first.alive], [id, 0, 500, 500, true]);
  // 1 to 500 with CR and LF for the program's output, one LF in the text.
  assert.deepEqual([first.bytes, first.text_bytes], [1392 + 1000, 1392 + 500]);
  assert.ok(first.tokens >= 500 && first.tokens <= 1500, String(first.tokens));
  assert.ok(first.bytes_per_second > 0 && first.lines_per_second > 0 && first.age_seconds >= 0);
  assert.equal(first.recent_bytes_per_second, undefined);
  const quiet = await stats('?measure_ms=50');
  assert.deepEqual([quiet.recent_bytes_per_second, quiet.recent_lines_per_second], [0, 0]);
  const watching = stats('?measure_ms=3000');
  await s.input(id, { data: '2000' });
  const busy = await watching;
  assert.ok(busy.recent_lines_per_second > 0 && busy.recent_bytes_per_second > busy.recent_lines_per_second, JSON.stringify(busy));
  assert.equal(busy.lines, 2500);
  await s.input(id, { data: 'no number' });
  await s.close(id);
  const ended = await s.create({ command: ['/bin/echo', 'over'] });
  await until(async () => !(await s.get(ended.id)).alive, 'the end');
  const over = await s.api('GET', `/api/agent/terminals/${ended.id}/stats?measure_ms=60000`);
  assert.deepEqual([over.alive, over.lines], [false, 1]);
  await s.close(ended.id);
  const empty = await s.create({ command: ['/bin/cat'] });
  const none = await s.api('GET', `/api/agent/terminals/${empty.id}/stats`);
  assert.deepEqual([none.bytes, none.lines, none.kept_lines, none.tokens, none.text_bytes], [0, 0, 0, 0, 0]);
  await s.close(empty.id);
});

spec('upkeep: a signal goes before the end', async () => {
  const s = await main_server();
  const witness = `${s.home}/signalled`;
  const { id } = await s.create({ command: ['/bin/bash', '-c', `trap 'echo usr1 >> ${witness}; exit 0' USR1; echo ready; while :; do read -t 1 x; done`] });
  await until(async () => (await s.screen(id))[0] === 'ready', 'ready');
  await s.api('DELETE', `/api/agent/terminals/${id}?signal=sigusr1&grace_ms=20000`);
  const { readFile } = await import('node:fs/promises');
  assert.equal(await readFile(witness, 'utf8'), 'usr1\n');
  assert.equal((await ask(s.unix, { path: `/api/agent/terminals/${id}` })).code, 'terminal_not_found');
  // A program that takes no notice is ended all the same.
  const deaf = await s.create({ command: ['/bin/bash', '-c', "trap '' TERM HUP; echo ready; while :; do read -t 1 x; done"] });
  await until(async () => (await s.screen(deaf.id))[0] === 'ready', 'ready');
  await s.api('DELETE', `/api/agent/terminals/${deaf.id}`, { signal: 'TERM', grace_ms: 50 });
  await until(() => { try { process.kill(deaf.pid, 0); return false; } catch { return true; } }, 'its end', 40_000);
  const wrong = await s.create({ command: ['/bin/cat'] });
  const refused = await ask(s.unix, { method: 'DELETE', path: `/api/agent/terminals/${wrong.id}?signal=NOPE` });
  assert.deepEqual([refused.status, refused.code, (await s.get(wrong.id)).alive], [400, 'invalid_params', true]);
  await s.close(wrong.id);
});

spec('upkeep: many are closed at once', async () => {
  const s = await main_server();
  const many = (body) => ask(s.unix, { method: 'POST', path: '/api/agent/terminals/delete', body });
  const make = (more = {}) => s.create({ command: ['/bin/cat'], ...more });
  const [a, b, c, d] = [await make(), await make({ tags: ['upkeep'] }), await make({ tags: ['upkeep'] }), await make()];
  const ended = await s.create({ command: ['/bin/true'] });
  await until(async () => !(await s.get(ended.id)).alive, 'the end');
  const named = (await many({ terminal_ids: [a.id, a.id, 'nowhere'] })).json;
  assert.deepEqual(named, { closed: [a.id], missing: ['nowhere'] });
  const tagged = (await many({ tag: 'upkeep' })).json;
  assert.deepEqual([tagged.closed.sort(), tagged.missing], [[b.id, c.id].sort(), []]);
  const over = (await many({ exited: true })).json;
  assert.ok(over.closed.includes(ended.id) && !over.closed.includes(d.id), JSON.stringify(over));
  assert.equal((await s.get(d.id)).alive, true);
  const nothing = await many({});
  assert.deepEqual([nothing.status, nothing.code], [400, 'invalid_params']);
  // With an owner, all are those of the owner.
  const secret = await s.token('upkeep-owner', ['read', 'exec'], { owner: 'upkeep' });
  const headers = { Authorization: `Bearer ${secret}` };
  const own = (await ask(s.tcp, { method: 'POST', path: '/api/agent/terminals', headers, body: { command: ['/bin/cat'] } })).json;
  const all = (await ask(s.tcp, { method: 'POST', path: '/api/agent/terminals/delete', headers, body: { all: true, terminal_ids: [d.id] } })).json;
  assert.deepEqual([all.closed, all.missing], [[own.id], [d.id]]);
  await s.close(d.id);
});

spec('upkeep: a server may ask programs to say where a terminal starts', async () => {
  const s = await start();
  const token = await s.handshake_token();
  const headers = { Authorization: `Bearer ${token}` };
  const make = (body) => ask(s.tcp, { method: 'POST', path: '/api/agent/terminals', headers, body: { command: ['/bin/cat'], ...body } });
  assert.equal((await make({})).status, 200);
  await s.api('POST', '/api/settings', { require_cwd: true });
  for (const cwd of [undefined, '', null]) {
    const refused = await make({ cwd });
    assert.deepEqual([refused.status, refused.code, refused.json.error.field], [400, 'invalid_params', 'cwd']);
  }
  assert.equal((await make({ cwd: '/' })).status, 200);
  assert.equal((await s.create({ command: ['/bin/cat'] })).alive, true, 'people need not say it');
  await s.api('POST', '/api/settings', { require_cwd: false });
  assert.equal((await make({})).status, 200);
  await s.stop();
});

spec('upkeep: a program that cannot be used is a mistake in command', async () => {
  const s = await main_server();
  const make = (command) => ask(s.unix, { method: 'POST', path: '/api/agent/terminals', body: { command } });
  for (const [command, reason] of [
    [['/no/such/program', '-x'], 'Cannot run the command /no/such/program: No such file or directory.'],
    [['no-such-program'], 'Cannot run the command no-such-program: No such file or directory.'],
    [['/etc/passwd'], 'Cannot run the command /etc/passwd: Permission denied.'],
    [['/'], 'Cannot run the command /: Permission denied.'],
    [[''], 'The first word of command is empty: it names the program.'],
    [['/bin/cat', 'a\0b'], 'The command must not contain NUL bytes.'],
  ]) {
    const refused = await make(command);
    assert.deepEqual([refused.status, refused.code, refused.json.error.field, refused.json.error.message], [400, 'invalid_params', 'command', reason]);
  }
  const typed = await s.cli(['new', '--', '/no/such/program']);
  assert.equal(typed.code, 64, typed.stderr);
  assert.match(typed.stderr, /Cannot run the command \/no\/such\/program/);
});
