// Commands that go on by themselves on hosts, as jobs; and what happens when a host has no place for more sessions.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { until } from '../e2e/support/wait.mjs';
import { start as start_server } from './support/daemon.mjs';
import { EventStream, ask } from './support/http.mjs';
import { with_sshd } from './support/ssh_server.mjs';
import { spec } from './support/suite.mjs';
import { winkterm } from './support/winkterm.mjs';

const base64 = (bytes) => Buffer.from(bytes).toString('base64');
/** Shell text that ends by itself, also when nobody ends it. */
const loop = 'i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done';
const until_there = (path) => `i=0; until test -e ${path} || [ $i -gt 1200 ]; do sleep 0.05; i=$((i+1)); done`;
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The command lines of all processes that run our binary. */
function own_command_lines() {
  const out = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (words[0] === process.env.DUOTTY_BIN) out.push({ pid: Number(name), words });
    } catch {
      // It has ended.
    }
  }
  return out;
}

const bridges_of = (server) => own_command_lines().filter(({ words }) => words[1] === 'link-run' && words[3].startsWith(server.home));
const link_of = (server) => own_command_lines().find(({ words }) => words[1] === 'link' && words[2].startsWith(server.home));

/** A host with one connection, and jobs on it. */
function with_jobs(options, body) {
  return with_sshd(options, async (sshd, s) => {
    const id = await s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key() });
    const start = async (command, more = {}) => {
      const answer = await s.call('POST', `/${id}/run_async`, { command, ...more });
      assert.equal(answer.status, 200, answer.message);
      return answer.data.job_id;
    };
    const job = (job_id, what = '', params = undefined) => s.server.api(params === undefined ? 'GET' : 'POST', `/api/agent/jobs/${job_id}${what}`, params);
    const ended = async (job_id) => {
      const answer = await job(job_id, '/wait', { max_wait_ms: 60_000 });
      assert.equal(answer.done, true, JSON.stringify(answer.job));
      return answer;
    };
    /** All of an output by its pieces. */
    const bytes_of = async (job_id, stream, limit = 3_000_000) => {
      const pieces = [];
      for (let since = 0, more = true; more;) {
        const piece = await job(job_id, `/output?stream=${stream}&since=${since}&limit=${limit}`);
        assert.equal(piece.since, since);
        pieces.push(piece.output_b64 === undefined ? Buffer.from(piece.text) : Buffer.from(piece.output_b64, 'base64'));
        since = piece.next_since;
        more = piece.has_more;
      }
      return Buffer.concat(pieces);
    };
    const has_written = (job_id, text, stream = 'stdout') => until(async () => (await job(job_id, `/output?stream=${stream}`)).text.includes(text), `${text} of the job`);
    await body({ sshd, s, id, start, job, ended, bytes_of, has_written });
  });
}

spec('ssh jobs: both outputs byte for byte, exit code, signal, input, directory, variables', () => with_jobs({}, async ({ sshd, s, start, ended, bytes_of }) => {
  const out = randomBytes(10_000_000);
  const err = randomBytes(10_000_000);
  await writeFile(`${sshd.folder}/out`, out);
  await writeFile(`${sshd.folder}/err`, err);
  const large = await start(`cat ${sshd.folder}/out & cat ${sshd.folder}/err >&2; wait; exit 7`);
  const done = await ended(large);
  assert.deepEqual([done.status, done.done, done.ok, done.exit_code, done.reason, done.error], ['success', true, true, 7, null, null]);
  assert.deepEqual([done.job.kind, done.job.status, done.job.exit_code, done.job.terminal_id], ['ssh', 'completed', 7, '']);
  assert.equal(hash(await bytes_of(large, 'stdout')), hash(out));
  assert.equal(hash(await bytes_of(large, 'stderr')), hash(err));
  assert.ok(done.omitted_bytes > 0, 'the answer itself has the beginning and the end');
  const killed = await ended(await start('kill -USR1 $$'));
  assert.deepEqual([killed.signal, killed.exit_code, killed.job.signal], ['USR1', null, 'USR1']);
  // Random bytes may have words in them that the gate stops at.
  const input = Buffer.alloc(3_000_000, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  const fed = await start('cat', { stdin_b64: base64(input) });
  await ended(fed);
  assert.equal(hash(await bytes_of(fed, 'stdout')), hash(input));
  const placed = await ended(await start('pwd; echo "$WORD"; cat', { cwd: '/usr', env: { WORD: "it's $HOME" } }));
  assert.deepEqual([placed.stdout, placed.stderr], ["/usr\nit's $HOME\n", '']);
  const wide = await ended(await start('test -t 1 && tput cols', { pty: true, cols: 91 }));
  assert.equal(wide.stdout.trim(), '91');
  const text = await ended(await start('printf "grü\\377"; echo no >&2'));
  assert.deepEqual([Buffer.from(text.stdout_b64, 'base64').toString('hex'), text.stderr, text.stderr_b64], ['6772c3bcff', 'no\n', undefined]);
  for (const [params, field] of [[{ command: ' ' }, 'command'], [{ command: 'x', stdin_b64: '*' }, 'stdin_b64'], [{ command: 'x', env: { 'A B': 'c' } }, 'env'], [{ command: 'x', timeout: 0 }, 'timeout']]) {
    const refused = await s.call('POST', '/box/run_async', params);
    assert.deepEqual([refused.status, refused.code], [400, 'invalid_params'], JSON.stringify(params));
    assert.match(JSON.stringify(refused.data), new RegExp(field));
  }
  assert.equal((await s.call('POST', '/nowhere/run_async', { command: 'true' })).status, 404);
  assert.equal((await s.call('POST', '/box/run_async', { command: 'rm -rf /' })).code, 'denied');
}));

spec('ssh jobs: output is read while it comes, and the middle of what is too long is left out', () => with_jobs({}, async ({ sshd, start, job, ended, has_written }) => {
  const gate = `${sshd.folder}/gate`;
  const id = await start(`echo one; echo first >&2; ${until_there(gate)}; echo two`);
  await has_written(id, 'one');
  await has_written(id, 'first', 'stderr');
  const so_far = await job(id, '/output');
  assert.deepEqual([so_far.text, so_far.next_since, so_far.job.status, so_far.job.done], ['one\n', 4, 'running', false]);
  assert.deepEqual([(await job(id)).stdout, (await job(id)).status, (await job(id)).exit_code], ['one\n', 'running', null]);
  await writeFile(gate, '');
  await ended(id);
  assert.equal((await job(id, '/output?since=4')).text, 'two\n');
  const long = await start('head -c 60000000 /dev/zero | tr "\\0" x; echo end');
  const over = await ended(long);
  assert.ok(over.stdout.startsWith('xxx') && over.stdout.endsWith('xend\n') && /\n\[\d+ bytes left out\]\n/.test(over.stdout));
  const head = await job(long, '/output?since=0&limit=8388608');
  assert.deepEqual([head.text.length, head.has_more], [8388608, true]);
  const gap = await job(long, '/output?since=30000000&limit=8388608');
  assert.ok(gap.since > 30_000_000 && gap.text.startsWith('xxx'), String(gap.since));
  assert.equal((await job(long, '/output?since=60000000')).text, 'xend\n'.slice(1));
}));

// As an ordinary user: sshd passes no signals on for root.
spec('ssh jobs: the deadline and cancelling, with what came before, and what is said of it', () => with_jobs({ password: 'x' }, async ({ sshd, start, job, ended, has_written }) => {
  const mark = `${sshd.folder}/visitor/ended`;
  const late = await ended(await start(`trap 'echo trapped > ${mark}; exit 3' TERM; echo begun; ${loop}`, { timeout: 2 }));
  assert.deepEqual([late.status, late.ok, late.reason, late.job.status, late.stdout], ['timeout', false, 'timeout', 'timeout', 'begun\n']);
  await until(() => readFile(mark, 'utf8').then((text) => text === 'trapped\n', () => false), 'the command to be ended');
  const deaf = await ended(await start(`trap '' TERM; echo begun; ${loop}`, { timeout: 2 }));
  assert.match(deaf.job.error, /its channel was closed, and it may go on there/);

  const gentle = await start(`trap 'echo bye; exit 4' TERM; echo begun; ${loop}`);
  await has_written(gentle, 'begun');
  const cancelled = await job(gentle, '/cancel', { signal: 'TERM', max_wait_ms: 60_000 });
  assert.deepEqual([cancelled.sent, cancelled.job.status, cancelled.job.done, cancelled.job.exit_code, cancelled.status], [true, 'cancelled', true, 4, 'canceled']);
  assert.equal(cancelled.note, 'SIGTERM was sent, and it has ended with exit code 4.');
  assert.equal((await job(gentle)).stdout, 'begun\nbye\n');
  const again = await job(gentle, '/cancel', {});
  assert.deepEqual([again.sent, again.note], [false, 'It was over already: cancelled.']);

  const stubborn = await start(`trap 'echo no' INT; echo begun; ${loop}`);
  await has_written(stubborn, 'begun');
  const still = await job(stubborn, '/cancel', { max_wait_ms: 0 });
  assert.deepEqual([still.sent, still.job.done], [true, false]);
  assert.match(still.note, /^SIGINT was sent, and it still runs\./);
  await has_written(stubborn, 'no');
  const killed = await job(stubborn, '/cancel', { signal: 'KILL', max_wait_ms: 60_000 });
  assert.deepEqual([killed.job.status, killed.job.signal, killed.note], ['cancelled', 'KILL', 'SIGKILL was sent, and it has ended by SIGKILL.']);
}));

spec('ssh jobs: a job goes on when the worker is killed, and ends while there is none', () => with_jobs({}, async ({ sshd, s, start, job, ended, has_written, bytes_of }) => {
  const secret = `secret${Math.random().toString(36).slice(2)}`;
  const gate = `${sshd.folder}/gate`;
  const command = `read -r word; echo "$word"; ${until_there(gate)}; echo after; exit 5 # ${secret}`;
  const id = await start(command, { stdin_b64: base64(`${secret}\n`), env: { TOKEN: secret } });
  const before = await ended(await start('echo before'));
  await has_written(id, secret);
  await until(() => bridges_of(s.server).length === 1, 'the process of the first job to end');
  assert.deepEqual(own_command_lines().filter(({ words }) => words.some((word) => word.includes(secret))), []);
  const folder = `${s.server.home}/duotty/state/runs/${id}`;
  assert.deepEqual((await readdir(folder)).sort(), ['about', 'control', 'meter', 'stderr', 'stdout']);
  const [{ pid }] = bridges_of(s.server);
  await s.server.kill_worker();
  await writeFile(gate, '');
  await s.server.back();
  const answer = await ended(id);
  assert.deepEqual([answer.job.status, answer.exit_code, answer.stdout], ['completed', 5, `${secret}\nafter\n`]);
  const listed = (await s.server.api('GET', '/api/agent/jobs')).jobs;
  assert.deepEqual(listed.map((one) => [one.job_id, one.status, one.kind]), [[before.job_id, 'completed', 'ssh'], [id, 'completed', 'ssh']]);
  assert.equal((await bytes_of(before.job_id, 'stdout')).toString(), 'before\n');

  // Killed while it runs: the next worker waits for the same process.
  const gate2 = `${gate}2`;
  const second = await start(`echo begun; ${until_there(gate2)}; exit 6`);
  await has_written(second, 'begun');
  await s.server.kill_worker();
  await s.server.back();
  assert.deepEqual([(await job(second)).job.status, (await job(second)).stdout], ['running', 'begun\n']);
  const waiting = job(second, '/wait', { max_wait_ms: 60_000 });
  await writeFile(gate2, '');
  assert.equal((await waiting).exit_code, 6);
  await until(() => bridges_of(s.server).every((one) => one.pid !== pid), 'the processes to end');
  assert.equal((await sshd.log.match(/Accepted publickey/g)).length, 1, 'all of it on one sign-in');
}));

spec('ssh jobs: a connection that breaks, a process that dies, a server that stops: lost, with what came', () => with_jobs({}, async ({ s, start, job, ended, has_written }) => {
  const broken = await start('echo begun; sleep 60');
  await has_written(broken, 'begun');
  process.kill(link_of(s.server).pid, 'SIGKILL');
  const lost = await ended(broken);
  assert.deepEqual([lost.status, lost.ok, lost.reason, lost.job.status, lost.stdout], ['error', false, 'lost', 'lost', 'begun\n']);
  assert.match(lost.error, /The command may go on there/);
  const orphan = await start('echo begun; sleep 60');
  await has_written(orphan, 'begun');
  process.kill(bridges_of(s.server)[0].pid, 'SIGKILL');
  const died = await ended(orphan);
  assert.deepEqual([died.job.status, died.stdout], ['lost', 'begun\n']);
  const hung = await start('echo begun; sleep 60');
  await has_written(hung, 'begun');
  await s.call('POST', '/connections/box/hang_up');
  assert.equal((await ended(hung)).job.status, 'lost');
  await until(() => bridges_of(s.server).length === 0, 'the process of the job to end');
  assert.equal((await job(broken, '/cancel', {})).sent, false);
  // The whole server stops, and another one takes its place.
  const last = await start('echo begun; sleep 60');
  await has_written(last, 'begun');
  await s.server.stop();
  await until(() => bridges_of(s.server).length === 0, 'the process of the job to end with the server');
  const next = await start_server({ home: s.server.home });
  const { jobs } = await next.api('GET', '/api/agent/jobs');
  assert.deepEqual(jobs.map((one) => [one.job_id, one.status]), [last, hung, orphan, broken].map((one) => [one, 'lost']));
  for (const one of [last, broken]) assert.equal((await next.api('GET', `/api/agent/jobs/${one}/output`)).text, 'begun\n');
  await next.stop();
}));

spec('ssh jobs: other labels do not see them, scopes hold, and the history takes them along', () => with_jobs({}, async ({ s, id, start, ended }) => {
  const one = await s.server.token('one', ['read', 'exec', 'ssh'], { owner: 'one' });
  const two = await s.server.token('two', ['read', 'exec', 'ssh'], { owner: 'two' });
  const narrow = await s.server.token('narrow', ['read', 'exec']);
  const as = (token, method, path, body) => ask(s.server.tcp, { method, path: `/api/agent${path}`, headers: { Authorization: `Bearer ${token}` }, body });
  const made = await as(one, 'POST', `/ssh/${id}/run_async`, { command: 'echo mine; sleep 60' });
  const { job_id } = made.json;
  assert.equal(made.status, 200, made.text);
  assert.equal((await as(narrow, 'POST', `/ssh/${id}/run_async`, { command: 'true' })).status, 403);
  for (const [method, path] of [['GET', ''], ['GET', '/output'], ['POST', '/wait'], ['POST', '/cancel']]) {
    const hidden = await as(two, method, `/jobs/${job_id}${path}`, method === 'POST' ? {} : undefined);
    assert.deepEqual([hidden.status, hidden.code], [404, 'not_found'], path);
  }
  assert.deepEqual((await as(two, 'GET', '/jobs')).json.jobs, []);
  assert.deepEqual((await as(one, 'GET', '/jobs')).json.jobs.map((job) => [job.job_id, job.by]), [[job_id, 'agent:one']]);
  const denied = await as(narrow, 'POST', `/jobs/${job_id}/cancel`, {});
  assert.deepEqual([denied.status, denied.code], [403, 'denied']);
  assert.equal((await as(one, 'POST', `/jobs/${job_id}/cancel`, { signal: 'KILL', max_wait_ms: 60_000 })).json.job.status, 'cancelled');
  const folder = `${s.server.home}/duotty/state/runs/${job_id}`;
  await access(folder);
  await ended(await start('echo kept'));
  await s.server.api('DELETE', '/api/agent/commands', { all: true });
  await assert.rejects(access(folder));
  assert.deepEqual((await s.server.api('GET', '/api/agent/jobs')).jobs, []);
}));

spec('ssh jobs as WinkTerm has them, by both its transports', () => with_jobs({}, async ({ s, id }) => {
  const client = await winkterm(s.server);
  const members = ['command', 'conn_id', 'created_at', 'done', 'error', 'exit_code', 'job_id', 'ok', 'reason', 'status', 'stdout', 'terminal_id', 'updated_at'];
  const events = await EventStream.open(s.server.unix, { path: '/api/agent/events/stream' });
  for (const transport of ['http', 'ws']) {
    const started = (await client.call(transport, 'ssh.run_async', { conn_id: id, command: 'echo out; exit 3', timeout: 60, cols: 200 })).data;
    assert.deepEqual(Object.keys(started).sort(), members, transport);
    assert.deepEqual([started.conn_id, started.command, started.status, started.done, started.exit_code, started.ok, started.stdout, started.terminal_id], [id, 'echo out; exit 3', 'running', false, null, null, '', null]);
    const { job_id } = started;
    const got = await until(async () => {
      const { data } = await client.call(transport, 'job.get', { job_id });
      return data.done && data;
    }, 'the end of the job');
    for (const name of members) assert.ok(name in got, name);
    assert.deepEqual([got.job_id, got.status, got.exit_code, got.ok, got.stdout, got.reason, got.error, got.terminal_id], [job_id, 'success', 3, true, 'out\n', null, null, null]);
    assert.ok((await client.call(transport, 'job.list')).data.jobs.some((one) => one.job_id === job_id && one.done && one.exit_code === 3));
    const told = await events.next((item) => item.json?.action === 'ssh_run_async_done' && item.json.job_id === job_id, 'its end as an event');
    assert.deepEqual([told.json.connection_id, told.json.exit_code, told.json.ok], [id, 3, true]);
    const slow = (await client.call(transport, 'ssh.run_async', { conn_id: id, command: 'sleep 60' })).data;
    const cancelled = await client.call(transport, 'job.cancel', { job_id: slow.job_id });
    assert.deepEqual([cancelled.status, cancelled.data.job_id], [200, slow.job_id], cancelled.message);
    if (transport === 'ws') await client.call(transport, 'job.cancel', { job_id: slow.job_id, signal: 'KILL' });
    assert.equal((await until(async () => {
      const { data } = await client.call(transport, 'job.get', { job_id: slow.job_id });
      return data.done && data;
    }, 'the cancelled job')).status, 'canceled');
    assert.equal((await client.call(transport, 'ssh.run_async', { conn_id: id, command: '' })).status, 400);
    assert.equal((await client.call(transport, 'ssh.run_async', { conn_id: 'nowhere', command: 'true' })).status, 404);
  }
  events.close();
}));

spec('ssh jobs: from the command line', () => with_jobs({}, async ({ s, id }) => {
  const cli = (...args) => s.server.cli(args);
  const started = await cli('ssh', 'run', '--detach', 'box', '--', "printf 'a\\377b'; echo err >&2; sleep 0.5; echo end; exit 9");
  const job = started.stdout.trim();
  assert.deepEqual([started.code, /^\w+$/.test(job)], [0, true], started.stderr);
  const followed = await cli('jobs', 'output', job, '--follow');
  assert.deepEqual([followed.code, followed.stderr], [9, 'err\n']);
  assert.match(followed.stdout, /^a\ufffdbend\n$/);
  assert.equal((await cli('jobs', 'wait', job)).code, 9);
  assert.match((await cli('jobs')).stdout, new RegExp(`${job} .*completed \\(9\\) .* box +`));
  assert.match((await cli('jobs', 'show', job)).stdout, /where {5}box\n[^]*exit code 9/);
  assert.equal(JSON.parse((await cli('jobs', '--json')).stdout).jobs.find((one) => one.job_id === job).conn_id, id);
  const slow = (await cli('ssh', 'run', '--detach', 'box', '--', 'sleep 60')).stdout.trim();
  assert.equal((await cli('jobs', 'wait', slow, '--timeout', '0')).code, 124);
  assert.match((await cli('jobs', 'cancel', slow, '--signal', 'KILL')).stdout, /SIGKILL was sent/);
  assert.notEqual((await cli('jobs', 'show', 'nowhere')).code, 0);
}));

const many = Array.from({ length: 100 }, (_, i) => i);
for (const sessions of [10, 1]) {
  spec(`ssh run: a hundred at once where the host has ${sessions} places, by one sign-in`, () => with_jobs({ password: 'x', lines: [`MaxSessions ${sessions}`] }, async ({ sshd, s, id, start, job, ended, has_written }) => {
    const ran = await Promise.all(many.map((i) => s.good(id, `echo ${i}; exit ${i}`, { timeout: 100 })));
    assert.deepEqual(ran.map((one) => [one.stdout, one.exit_code]), many.map((i) => [`${i}\n`, i]));
    assert.equal(sshd.log.match(/Accepted publickey/g).length, 1);
    // As an ordinary user, so that a job that is killed gives its place back. Jobs take the places: what comes after them waits as long as it may, and says what it waits for.
    const jobs = [];
    for (let i = 0; i < sessions; i += 1) jobs.push(await start('echo begun; sleep 60'));
    for (const one of jobs) await has_written(one, 'begun');
    const none = await s.run(id, 'true', { timeout: 0.5 });
    assert.deepEqual([none.status, none.code], [502, 'upstream'], none.message);
    assert.match(none.message, new RegExp(`takes no more sessions on this connection, and has ${sessions} \\(MaxSessions`));
    const waiting = await start('echo at last');
    assert.equal((await job(waiting)).job.status, 'queued');
    const hopeless = await ended(await start('true', { timeout: 0.5 }));
    assert.deepEqual([hopeless.job.status, hopeless.job.error], ['timeout', 'The host did not begin with it in time.']);
    await job(jobs[0], '/cancel', { signal: 'KILL', max_wait_ms: 60_000 });
    const at_last = await ended(waiting);
    assert.equal(at_last.stdout, 'at last\n', JSON.stringify(at_last));
    await Promise.all(jobs.map((one) => job(one, '/cancel', { signal: 'KILL', max_wait_ms: 60_000 })));
  }));
}
