// `duotty logs`: the log of the server as a file, whoever wrote it, and nothing in it that is nobody's business.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { access, appendFile, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, make_home, run_binary, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const log_of = (server) => join(server.home, 'duotty', 'state', 'duotty.log');

/** Lines as JSON. */
async function logged(server, args = []) {
  const { code, stdout, stderr } = await server.cli(['logs', '--json', ...args]);
  assert.equal(code, 0, stderr);
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

function follow(server, args) {
  const child = spawn(process.env.DUOTTY_BIN, ['logs', '-f', ...args], { env: server.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const follower = { child, text: '', ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal))) };
  child.stdout.on('data', (data) => (follower.text += data));
  follower.prints = (pattern) => until(() => pattern.test(follower.text), `${pattern} in the log`);
  return follower;
}

spec('logs: what keeper and worker did, also after the server has ended', async () => {
  const server = await start();
  const { worker_pid } = await server.info();
  await server.kill_worker();
  await server.back();
  const text = (lines) => lines.map((line) => `${line.level} ${line.text}`);
  const all = text(await logged(server));
  assert.equal(all[0], `info keeper: process ${server.pid} started`);
  assert.match(all[1], new RegExp(`^info worker: duotty \\S+ started as process ${worker_pid}$`));
  assert.match(all[2], new RegExp(`^info worker: listens at http://localhost:${server.port}, `));
  assert.match(all[3], /^warning keeper: the worker was ended by SIGKILL; the terminals go on; starting it again$/);
  assert.match(all[4], /^info worker: duotty /);
  assert.deepEqual(text(await logged(server, ['--level', 'warning'])), [all[3]]);
  assert.deepEqual(text(await logged(server, ['-n', '1'])), [all.at(-1)]);
  for (const line of await logged(server)) assert.ok(Math.abs(Date.parse(line.time.replace(/(\d\d)$/, ':$1')) - Date.now()) < 120_000, line.time);
  assert.equal((await server.cli(['logs', '--path'])).stdout, `${log_of(server)}\n`);
  assert.equal((await stat(log_of(server))).mode & 0o777, 0o600);
  const lines = (await server.cli(['logs', '-n', 'all'])).stdout;
  assert.equal(lines, await readFile(log_of(server), 'utf8'));
  await server.stop();
  assert.deepEqual(text(await logged(server)).slice(-2), ['info worker: ended with status 0', 'info keeper: ended with status 0']);
});

spec('logs: it follows the file, also when that is renamed, until Ctrl+C', async () => {
  const server = await start();
  const follower = follow(server, ['-n', '0']);
  // Only what comes later is printed: the first line is one of ours, written until it is seen.
  await until(async () => {
    await appendFile(log_of(server), '2026-01-01T00:00:00.000+0000 info hello\n');
    return /hello/.test(follower.text);
  }, 'the follower');
  assert.doesNotMatch(follower.text, /keeper: process/);
  await server.kill_worker();
  await server.back();
  await follower.prints(/ warning keeper: the worker was ended by SIGKILL.*\n.* info worker: duotty .*\n.* info worker: listens/);
  await rename(log_of(server), `${log_of(server)}.1`);
  await server.kill_worker();
  await server.back();
  await until(() => follower.text.match(/ended by SIGKILL/g).length === 2, 'the new file');
  follower.child.kill('SIGINT');
  assert.equal(await follower.ended, 130);
  await server.stop();
});

spec('logs: no key, no token, nothing typed and nothing printed', async () => {
  const key = 'k3y-of-the-web-page';
  const server = await start({ args: ['--log-level', 'debug', '--require-key'], env: { WEB_ACCESS_KEY: key } });
  const token = await server.token('logged', ['read', 'type', 'exec']);
  const { id } = await server.shell();
  await server.exec(id, 'echo printed-by-a-command');
  await server.input(id, { data: 'echo typed-into-it' });
  const host = { Host: `127.0.0.1:${server.port}` };
  for (const path of [`/api/agent/terminals?token=${token}`, `/api/agent/nothing?token=${token}`, `/?key=${key}`, '/api/agent/terminals?token=wr0ng-token', '/%00%ff']) await ask(server.tcp, { path, headers: host });
  await ask(server.tcp, { method: 'POST', path: '/api/auth/login', body: { key: `${key}-wrong` }, headers: host });
  await ask(server.tcp, { path: '/api/agent/terminals', headers: { ...host, Authorization: 'Bearer wr0ng-token' } });
  await server.kill_worker();
  await server.back();
  await server.stop();
  const log = await readFile(log_of(server), 'utf8');
  assert.match(log, /worker: listens at/);
  for (const secret of [key, token, 'wr0ng-token', 'printed-by-a-command', 'typed-into-it']) assert.ok(!log.includes(secret), log);
});

spec('logs: what cannot be read is said', async () => {
  const home = await make_home();
  const env = environment_of(home);
  const none = await run_binary(['logs'], { env });
  assert.deepEqual([none.code, none.stdout], [66, '']);
  assert.match(none.stderr, /There is no log yet/);
  const remote = await run_binary(['logs', '--url', 'http://127.0.0.1:9', '--json'], { env });
  assert.equal(remote.code, 69);
  assert.equal(JSON.parse(remote.stderr).error.code, 'unsupported');
  const server = await start({ home, args: ['--log-level', 'off'] });
  await server.kill_worker();
  await server.back();
  await server.stop();
  await assert.rejects(access(log_of(server)));
});
