// Execs that do more than wait: standard input, a place in the queue, the background, a fresh terminal, live progress.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const b64 = (bytes) => Buffer.from(bytes).toString('base64');

let shared = null;
function server() {
  shared ??= start();
  return shared;
}

/** Runs `body` with a shell of its own. */
function with_shell(name, body, params = {}) {
  spec(name, async () => {
    const s = await server();
    const { id } = await s.shell(params);
    const exec = (command, more) => s.exec(id, command, more);
    const raw = (command, more) => ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command, ...more } });
    const job = (job_id, what = '', body = undefined) => s.api(body === undefined ? 'GET' : 'POST', `/api/agent/jobs/${encodeURIComponent(job_id)}${what}`, body);
    try {
      await body({ s, id, exec, raw, job });
    } finally {
      await s.close(id).catch(() => undefined);
    }
  });
}

const shells = ['/bin/bash', '/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/dash'];
for (const shell of shells) {
  with_shell(`${shell}: standard input comes from the caller, byte for byte`, async ({ exec }) => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const bytes = await exec("od -An -v -tx1 | tr -d ' \\n'", { stdin_b64: b64(every) });
    assert.deepEqual([bytes.status, bytes.exit_code, bytes.stdout], ['completed', 0, every.toString('hex')]);
    const nothing = await exec('wc -c', { stdin_b64: '' });
    assert.equal(nothing.stdout.trim(), '0');
    const long = await exec('wc -c', { stdin_b64: b64('x'.repeat(3_000_000)) });
    assert.equal(long.stdout.trim(), '3000000');
    const terminal = await exec(shell.endsWith('fish') ? 'test -t 0; and echo terminal' : 'test -t 0 && echo terminal');
    assert.equal(terminal.stdout, 'terminal\n');
    const failed = await exec("sh -c 'cat >/dev/null; exit 7'", { stdin_b64: b64('x') });
    assert.equal(failed.exit_code, 7);
  }, { shell });
}

with_shell('standard input leaves the shell as it is, and its command is listed as written', async ({ s, id, exec }) => {
  assert.equal((await exec('cd /usr; read -r first; echo "got $first"', { stdin_b64: b64('one\ntwo\n') })).stdout, 'got one\n');
  assert.equal((await exec('pwd; echo "$first"')).stdout, '/usr\none\n');
  const listed = await s.api('GET', `/api/agent/terminals/${id}/commands`);
  assert.equal(listed.commands[1].command, 'cd /usr; read -r first; echo "got $first"');
  await exec('true', { cwd: '/' });
  assert.equal((await s.api('GET', `/api/agent/terminals/${id}/commands?limit=1`)).commands[0].command, 'true');
});

with_shell('a busy terminal names what runs, waits for it when told to, and not at all when told not to', async ({ s, id, exec, raw }) => {
  const late = await exec('sleep 60', { timeout: 0.5 });
  assert.deepEqual([late.status, late.process.name, late.process.reads], ['timeout', 'sleep', false]);
  assert.ok(late.process.pid > 1 && late.process.state === 'sleeping', JSON.stringify(late.process));
  const busy = await raw('true');
  assert.deepEqual([busy.status, busy.code], [409, 'busy']);
  assert.ok(busy.json.error.message.includes(`"sleep" (pid ${late.process.pid}, sleeping)`), busy.json.error.message);
  const bounded = await exec('echo never', { queue: true, timeout: 1.5 });
  assert.deepEqual([bounded.ok, bounded.status, bounded.reason, bounded.process.name], [false, 'not_started', 'busy', 'sleep']);
  const queued = [exec('echo one', { queue: true }), exec('echo two', { queue: true })];
  await s.input(id, { keys: ['ctrl+c'], enter: false });
  assert.deepEqual((await Promise.all(queued)).map((one) => one.stdout), ['one\n', 'two\n']);
  const first = exec('sleep 3; echo first');
  await until(async () => (await s.get(id)).state === 'running', 'the first to run');
  const refused = await raw('echo no', { queue: false });
  assert.deepEqual([refused.status, refused.code], [409, 'busy']);
  assert.equal((await exec('echo second')).stdout, 'second\n');
  assert.equal((await first).stdout, 'first\n');
});

with_shell('a person who types or has control is not waited for longer than a moment', async ({ s, id, exec, raw }) => {
  const token = await s.handshake_token();
  const person = await Viewer.open(s.tcp, id, {});
  await person.next((frame) => frame.type === 'hello', 'hello');
  person.send({ type: 'control', take: true });
  const agent = (more) => ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, headers: { Authorization: `Bearer ${token}` }, body: { command: 'echo agent', timeout: 30, ...more } });
  await until(async () => (await agent({ timeout: 0 })).code === 'busy_user', 'control to be held');
  const refused = await agent();
  assert.deepEqual([refused.status, refused.code], [409, 'busy_user']);
  const waiting = agent({ queue: true });
  person.send({ type: 'control', take: false });
  assert.equal((await waiting).json.stdout, 'agent\n');
  await person.close();
  assert.equal((await exec('echo free')).stdout, 'free\n');
  assert.equal((await raw('echo free')).status, 200);
});

with_shell('a command goes into the background, is read while it runs, and ends as a job', async ({ s, id, exec, raw, job }) => {
  const quick = await exec('echo quick', { background_after: 30 });
  assert.deepEqual([quick.status, quick.stdout, quick.job_id], ['completed', 'quick\n', undefined]);
  const handed = await exec('echo begin; read -r line; echo "got $line"; exit_with() { return 5; }; exit_with', { background_after: 0.5 });
  assert.deepEqual([handed.ok, handed.status, handed.reason, handed.stdout], [false, 'awaiting_input', 'background', 'begin\n']);
  assert.equal(handed.job_id, handed.output_ref);
  const running = await job(handed.job_id);
  assert.deepEqual([running.job.status, running.job.done, running.job.terminal_id], ['awaiting_input', false, id]);
  const so_far = await job(handed.job_id, '/output?since=0');
  assert.deepEqual([so_far.text, so_far.next_since], ['begin\n', 6]);
  const bounded = await job(handed.job_id, '/wait', { max_wait_ms: 50 });
  assert.equal(bounded.job.done, false);
  // It is not waited for as another exec would be, however long the timeout is.
  assert.equal((await raw('true', { timeout: 86_400 })).code, 'busy');
  const waiting = job(handed.job_id, '/wait', { max_wait_ms: 20_000 });
  await s.input(id, { data: 'hello' });
  const ended = await waiting;
  assert.deepEqual([ended.job.status, ended.job.done, ended.job.exit_code], ['completed', true, 5]);
  assert.deepEqual([ended.result.ok, ended.result.exit_code], [true, 5]);
  assert.match(ended.result.stdout, /^begin\n(hello\n)?got hello\n$/);
  const rest = await job(handed.job_id, `/output?since=${so_far.next_since}`);
  assert.match(rest.text, /got hello\n$/);
  assert.deepEqual([rest.job.done, rest.has_more, rest.next_since], [true, false, rest.total_bytes]);
  const { jobs } = await s.api('GET', `/api/agent/jobs?terminal_id=${id}`);
  assert.deepEqual(jobs.map((one) => [one.job_id, one.status]), [[handed.job_id, 'completed']]);
});

with_shell('a job that begins in the background is named by its command', async ({ exec, job }) => {
  const handed = await exec('sleep 0.5; echo late', { background_after: 0 });
  assert.ok(handed.job_id && handed.job_id === handed.output_ref, JSON.stringify(handed));
  assert.equal((await job(handed.job_id, '/wait', {})).result.stdout, 'late\n');
});

with_shell('a job is cancelled, and says so', async ({ s, exec, job }) => {
  const handed = await exec('sleep 60', { background_after: 0.3 });
  assert.equal(handed.status, 'running');
  const cancelled = await job(handed.job_id, '/cancel', { max_wait_ms: 20_000 });
  assert.deepEqual([cancelled.sent, cancelled.job.status, cancelled.job.done, cancelled.job.exit_code], [true, 'cancelled', true, 130]);
  const again = await job(handed.job_id, '/cancel', {});
  assert.deepEqual([again.sent, again.job.status], [false, 'cancelled']);
  assert.equal((await exec('echo free')).stdout, 'free\n');
  const unknown = await ask(s.unix, { path: '/api/agent/jobs/nowhere' });
  assert.deepEqual([unknown.status, unknown.code], [404, 'not_found']);
});

with_shell('the timeout acts on a job that asks for it', async ({ exec, job }) => {
  const handed = await exec('sleep 60', { background_after: 0.2, timeout: 1, on_timeout: 'kill' });
  assert.equal(handed.status, 'running');
  const ended = await job(handed.job_id, '/wait', {});
  assert.deepEqual([ended.job.status, ended.job.exit_code, ended.result.status], ['failed', 130, 'timeout']);
});

spec('a job survives the death of the worker, by its command', async () => {
  const s = await start();
  try {
    const { id } = await s.shell();
    const handed = await s.exec(id, 'echo before; sleep 4; echo after; (exit 3)', { background_after: 0.5 });
    assert.equal(handed.status, 'running');
    await s.kill_worker();
    await s.back();
    const path = `/api/agent/jobs/${encodeURIComponent(handed.job_id)}`;
    const ended = await s.api('POST', `${path}/wait`, { max_wait_ms: 30_000 });
    assert.deepEqual([ended.job.status, ended.job.exit_code, ended.result.stdout], ['completed', 3, 'before\nafter\n']);
    assert.equal((await s.api('GET', `${path}/output`)).text, 'before\nafter\n');
  } finally {
    await s.stop();
  }
});

spec('jobs of before a restart are listed with how they ended', async () => {
  const s = await start();
  try {
    const { id } = await s.shell({ name: 'jobs-past' });
    const { id: second } = await s.shell();
    const done = await s.exec(id, 'sleep 0.5; echo done; (exit 5)', { background_after: 0 });
    const jobs = (fields = {}) => s.api('GET', `/api/agent/jobs?${new URLSearchParams(fields)}`).then((all) => all.jobs);
    const told = (job_id, what = '', body = undefined) => s.api(body === undefined ? 'GET' : 'POST', `/api/agent/jobs/${encodeURIComponent(job_id)}${what}`, body);
    assert.equal((await told(done.job_id, '/wait', {})).job.exit_code, 5);
    const running = await s.exec(id, 'echo begun; read -r word; echo "got $word"; (exit 7)', { background_after: 0 });
    const stopped = await s.exec(second, 'sleep 600', { background_after: 0 });
    const short = await s.exec(second, 'sleep 1; echo short', { background_after: 0, isolated: true });
    await until(async () => (await told(short.job_id)).job.done, 'the short one to end');
    await s.kill_worker();
    await s.back();
    const by_id = Object.fromEntries((await jobs()).map((job) => [job.job_id, job]));
    assert.deepEqual(Object.keys(by_id).sort(), [done, running, stopped, short].map(({ job_id }) => job_id).sort());
    assert.deepEqual([by_id[done.job_id].status, by_id[done.job_id].exit_code, by_id[done.job_id].done], ['completed', 5, true]);
    assert.deepEqual([by_id[running.job_id].status, by_id[running.job_id].done], ['running', false]);
    assert.deepEqual((await jobs({ status: 'running' })).map(({ job_id }) => job_id).sort(), [running.job_id, stopped.job_id].sort());
    assert.deepEqual((await jobs({ terminal_id: 'jobs-past' })).map(({ job_id }) => job_id), [running.job_id, done.job_id]);
    await s.input(id, { data: 'gold' });
    const ended = await told(running.job_id, '/wait', { max_wait_ms: 30_000 });
    assert.deepEqual([ended.job.status, ended.job.exit_code, ended.result.stdout], ['completed', 7, 'begun\ngold\ngot gold\n']);
    assert.equal((await told(running.job_id, '/output')).text, 'begun\ngold\ngot gold\n');
    const cancelled = await told(stopped.job_id, '/cancel', {});
    assert.deepEqual([cancelled.sent, cancelled.job.status, cancelled.job.done], [true, 'cancelled', true]);
    // Another restart, and the terminals closed: the list is as it was.
    await s.close(second);
    await s.kill_worker();
    await s.back();
    const last = Object.fromEntries((await jobs()).map((job) => [job.job_id, [job.status, job.exit_code]]));
    assert.deepEqual(last, { [done.job_id]: ['completed', 5], [running.job_id]: ['completed', 7], [stopped.job_id]: ['cancelled', 130], [short.job_id]: ['completed', 0] });
    await s.api('DELETE', '/api/agent/commands?all=true');
    assert.deepEqual(await jobs(), []);
  } finally {
    await s.stop();
  }
});

spec('an isolated job that outlives the worker still has its terminal closed behind it', async () => {
  const s = await start();
  try {
    const { id } = await s.shell();
    const count = async () => (await s.api('GET', '/api/agent/terminals')).terminals.length;
    const before = await count();
    // One that runs on under the next worker, and such as end when there is none.
    for (const seconds of [3, 0.52, 0.6, 0.75]) {
      const handed = await s.exec(id, `echo alone; sleep ${seconds}; echo over`, { isolated: true, background_after: 0.5 });
      if (!handed.job_id) continue;
      await s.kill_worker();
      await s.back();
      await until(async () => (await count()) === before, `the fresh terminal to be gone, ${seconds} s`);
      const { job, result } = await s.api('GET', `/api/agent/jobs/${encodeURIComponent(handed.job_id)}`);
      assert.deepEqual([job.status, job.exit_code, result.stdout], ['completed', 0, 'alone\nover\n']);
    }
  } finally {
    await s.stop();
  }
});

spec('a job says what the gate said of its command, also after a restart', async () => {
  const s = await start();
  try {
    const { id } = await s.shell();
    const handed = await s.exec(id, 'history -c; sleep 0.3', { background_after: 0, force: true });
    assert.equal(handed.gate.level, 'destructive');
    const path = `/api/agent/jobs/${encodeURIComponent(handed.job_id)}`;
    const first = await s.api('POST', `${path}/wait`, {});
    assert.deepEqual([first.job.gate, first.result.gate], [handed.gate, handed.gate]);
    await s.kill_worker();
    await s.back();
    const again = await s.api('GET', path);
    const { job } = await s.api('GET', `${path}/output`);
    assert.deepEqual([again.job.gate, again.result.gate, job.gate], [handed.gate, handed.gate, handed.gate]);
    const plain = await s.exec(id, 'sleep 0.2', { background_after: 0 });
    assert.equal((await s.api('GET', `/api/agent/jobs/${encodeURIComponent(plain.job_id)}`)).job.gate, undefined);
  } finally {
    await s.stop();
  }
});

with_shell('an isolated command has a terminal of its own, which is closed behind it', async ({ s, id, exec, job }) => {
  await exec('cd /usr; secret=1');
  const before = (await s.api('GET', '/api/agent/terminals')).terminals.length;
  const alone = await exec('pwd; echo "[$secret]"; tty; exit 4', { isolated: true });
  assert.match(alone.stdout, /^\/usr\n\[\]\n\/dev\/pts\/\d+\n/);
  assert.equal(alone.status, 'shell_exited');
  assert.notEqual(alone.terminal_id, id);
  const other = await exec('(exit 6)', { isolated: true });
  assert.deepEqual([other.status, other.exit_code], ['completed', 6]);
  assert.equal((await s.api('GET', '/api/agent/terminals')).terminals.length, before);
  const late = exec('sleep 60', { timeout: 2 });
  await until(async () => (await s.get(id)).state === 'running', 'the terminal to be busy');
  assert.equal((await exec('echo beside', { isolated: true })).stdout, 'beside\n');
  const handed = await exec('sleep 1; echo slow', { isolated: true, background_after: 0.1 });
  assert.equal(handed.status, 'running');
  const ended = await job(handed.job_id, '/wait', {});
  assert.deepEqual([ended.result.stdout, ended.result.exit_code], ['slow\n', 0]);
  assert.equal((await s.api('GET', `/api/agent/output?output_ref=${encodeURIComponent(ended.result.output_ref)}`)).text, 'slow\n');
  await until(async () => (await s.api('GET', '/api/agent/terminals')).terminals.length === before, 'the fresh terminal to be gone');
  assert.equal((await late).status, 'timeout');
});

with_shell('progress comes while the command runs, over the WebSocket and as events', async ({ s, id }) => {
  const rpc = await Rpc.open(s.unix);
  rpc.send({ id: '1', method: 'terminal.exec', params: { terminal_id: id, command: 'echo one; read -r go; echo two' } });
  const first = await rpc.next((frame) => frame.type === 'progress', 'progress');
  assert.equal(first.data.output, 'one\n');
  await s.input(id, { data: 'go' });
  const last = await rpc.answer('1');
  assert.match(last.data.stdout, /^one\n(go\n)?two\n$/);
  assert.equal(rpc.progress('1').map((item) => item.output).join(''), last.data.stdout);
  await rpc.close();
  const stream = await EventStream.open(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, headers: { Accept: 'text/event-stream' }, body: { command: 'echo one; read -r go; (exit 9)' } });
  const item = await stream.next((one) => one.event === 'progress', 'progress');
  assert.equal(item.json.output, 'one\n');
  await s.input(id, { data: 'go' });
  const result = await stream.next((one) => one.event === 'result', 'the result');
  assert.equal(result.json.exit_code, 9);
  const nowhere = await ask(s.unix, { method: 'POST', path: '/api/agent/terminals/nowhere/exec', headers: { Accept: 'text/event-stream' }, body: { command: 'true' } });
  assert.deepEqual([nowhere.status, nowhere.code], [404, 'terminal_not_found']);
});
