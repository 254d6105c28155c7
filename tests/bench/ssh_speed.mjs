// Files and commands over a real sshd on loopback, by us and by OpenSSH's own client, in turns of one run: rates, their ratio,
// and how long an echo takes in another terminal meanwhile. Prints a table; asserts only that the copies are whole.
//   DUOTTY_BIN=build/release/bin/duotty node tests/bench/ssh_speed.mjs [MEGABYTES] [ROUNDS]
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { environment_of, start } from '../server/support/daemon.mjs';
import { Sshd } from '../server/support/sshd.mjs';
import { Viewer } from '../server/support/viewer.mjs';

const megabytes = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 3);
const runs = 200;
const say = (...words) => process.stdout.write(`${words.join('  ')}\n`);
const quantile = (values, part) => values.slice().sort((a, b) => a - b)[Math.floor((values.length - 1) * part)];
const median = (values) => quantile(values, 0.5);

async function seconds(work) {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function command(program, args, { input = '', env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'], env });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} ended with ${code}`))));
    child.stdin.end(input);
  });
}

/** Types a letter, waits for its echo, and again until told to stop: milliseconds each. */
class Echo {
  static async start(server) {
    const echo = new Echo();
    const { id } = await server.create({ command: ['/bin/cat'] });
    echo.viewer = await Viewer.open(server.unix, id, { headers: { 'X-Duotty': '1' } });
    return echo;
  }

  async during(work) {
    const taken = [];
    let on = true;
    const typing = (async () => {
      for (this.sequence ??= 0; on; ) {
        const { received } = this.viewer;
        const begin = performance.now();
        this.viewer.type((this.sequence += 1), 'x');
        while (this.viewer.received === received) await new Promise((resolve) => setImmediate(resolve));
        taken.push(performance.now() - begin);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await work();
    on = false;
    await typing;
    return taken;
  }
}

const sshd = await Sshd.start({ lines: ['Subsystem sftp /usr/lib/openssh/sftp-server'] });
const server = await start();
try {
  const key = await sshd.key();
  const known = join(sshd.folder, 'known');
  const options = ['-F', 'none', '-i', key, '-o', `Port=${sshd.port}`, '-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${known}`];
  const host = `${sshd.user}@127.0.0.1`;
  const { id } = await server.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'box', auth_type: 'key', private_key_path: key, host_key_policy: 'accept_new' });
  const path = { here: join(server.home, 'file'), back: join(server.home, 'back'), there: join(sshd.folder, 'far') };
  spawnSync('sh', ['-c', `head -c ${megabytes}000000 /dev/urandom > '${path.here}'`]);
  const clear = () => Promise.all([rm(path.there, { force: true }), rm(path.back, { force: true })]);
  const same = (a, b) => assert.equal(spawnSync('cmp', ['-s', a, b]).status, 0, `${b} is not what was sent`);

  const transfer = async (from, to) => {
    const begun = await server.api('POST', '/api/transfers', { from, to, conflict: 'overwrite' });
    const ended = await server.api('POST', `/api/transfers/${begun.transfer_id}/wait`, { max_wait_ms: 600_000 });
    assert.equal(ended.state, 'done', JSON.stringify(ended));
  };
  const far = { connection_id: id, path: path.there };
  const cli = (...args) => command(process.env.DUOTTY_BIN, args, { env: environment_of(server.home) });
  const ways = {
    'sftp': {
      up: () => command('sftp', ['-q', '-b', '-', ...options, host], { input: `put ${path.here} ${path.there}\n` }),
      down: () => command('sftp', ['-q', '-b', '-', ...options, host], { input: `get ${path.there} ${path.back}\n` }),
    },
    'sftp, aes256-gcm': {
      up: () => command('sftp', ['-q', '-c', 'aes256-gcm@openssh.com', '-b', '-', ...options, host], { input: `put ${path.here} ${path.there}\n` }),
      down: () => command('sftp', ['-q', '-c', 'aes256-gcm@openssh.com', '-b', '-', ...options, host], { input: `get ${path.there} ${path.back}\n` }),
    },
    'transfer.start': { up: () => transfer({ path: path.here }, far), down: () => transfer(far, { path: path.back }) },
    'duotty files': { up: () => cli('files', 'put', '-f', '--on', id, path.here, path.there), down: () => cli('files', 'get', '-f', '--on', id, path.there, path.back) },
  };
  const echo = await Echo.start(server);
  await echo.during(() => new Promise((resolve) => setTimeout(resolve, 300)));
  const idle = await echo.during(() => new Promise((resolve) => setTimeout(resolve, 3000)));
  const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, { up: [], down: [] }]));
  const echoes = Object.fromEntries(Object.keys(ways).map((name) => [name, { up: [], down: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      await clear();
      for (const [direction, target] of [['up', path.there], ['down', path.back]]) {
        const work = async () => taken[name][direction].push(await seconds(way[direction]));
        if (round === 0) await work();
        else echoes[name][direction].push(...(await echo.during(work)));
        same(path.here, target);
      }
    }
  }
  for (const name of Object.keys(ways)) {
    for (const direction of ['up', 'down']) {
      const mine = Math.min(...taken[name][direction]);
      const theirs = Math.min(...taken.sftp[direction]);
      const waits = echoes[name][direction];
      say(name.padEnd(18), direction.padEnd(5), `${(megabytes / mine).toFixed(0)} MB/s`, `${(theirs / mine).toFixed(2)} x sftp`,
        waits.length ? `echo p50 ${median(waits).toFixed(2)} p99 ${quantile(waits, 0.99).toFixed(2)} ms` : '');
    }
  }
  say('echo, idle'.padEnd(18), `p50 ${median(idle).toFixed(2)} p99 ${quantile(idle, 0.99).toFixed(2)} ms`);

  const socket = join(sshd.folder, 'master');
  const master = spawn('ssh', [...options, '-M', '-S', socket, '-N', host], { stdio: 'ignore' });
  const shared = ['-S', socket, ...options, host, 'true'];
  while (spawnSync('ssh', ['-S', socket, '-O', 'check', host], { stdio: 'ignore' }).status !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const agent = new Agent({ keepAlive: true });
  const run = () => new Promise((resolve, reject) => {
    const asked = request({ ...server.unix, agent, method: 'POST', path: `/api/agent/ssh/${id}/run`, headers: { 'Content-Type': 'application/json', 'X-Duotty': '1' } }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => (JSON.parse(text).exit_code === 0 ? resolve() : reject(new Error(text))));
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ command: 'true' }));
  });
  const spent = { 'ssh, ControlMaster': [], 'ssh.run': [] };
  for (let i = 0; i < runs; i += 1) {
    spent['ssh, ControlMaster'].push(await seconds(() => command('ssh', shared)));
    spent['ssh.run'].push(await seconds(run));
  }
  for (const [name, all] of Object.entries(spent)) say(name.padEnd(18), `p50 ${(median(all) * 1000).toFixed(2)} ms  p99 ${(quantile(all, 0.99) * 1000).toFixed(2)} ms`, `${(median(all) / median(spent['ssh, ControlMaster'])).toFixed(2)} x`);
  agent.destroy();
  master.kill();
  echo.viewer.ws.terminate();
} finally {
  await server.stop();
  await sshd.stop();
}
