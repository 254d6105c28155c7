// Starts servers under test (DUOTTY_BIN), each with a home of its own, and ends them all.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { ask } from './http.mjs';

const running = new Set();
const homes = new Set();

export function free_port() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export async function make_home({ uid } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'duotty-test-'));
  homes.add(home);
  await chmod(home, 0o700);
  if (uid !== undefined) await chown(home, uid, uid);
  return home;
}

/** The shell shall not read the person's own start files, so that what it prints is known. */
export function environment_of(home, extra = {}) {
  return { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home, SHELL: '/bin/bash', DUOTTY_HOME: join(home, 'duotty'), ...extra };
}

/** Runs the binary to its end. Answers {code, signal, stdout, stderr}; `stdin` is text, `uid` another user. */
export function run_binary(args, { env, cwd, stdin, uid, patience = 30_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.DUOTTY_BIN, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'], ...(uid === undefined ? {} : { uid, gid: uid }) });
    const stdout = [];
    const stderr = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    child.stdout.on('data', (data) => stdout.push(data));
    child.stderr.on('data', (data) => stderr.push(data));
    child.on('error', reject);
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

export class Daemon {
  constructor(fields) {
    Object.assign(this, fields);
    this.tcp = { port: this.port };
    this.unix = { socketPath: this.socket };
    this.last_worker = null;
  }

  output() {
    return this.log.join('');
  }

  /** A method's HTTP binding as the owner over the Unix socket; throws when it fails. */
  async api(method, path, body, headers = {}) {
    const response = await ask(this.unix, { method, path, body, headers });
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${response.text}`);
    return response.json;
  }

  async create(params = {}) {
    return this.api('POST', '/api/agent/terminals', params);
  }

  /** A terminal with a shell at its prompt. */
  async shell(params = {}) {
    const terminal = await this.create(params);
    await this.at_prompt(terminal.id);
    return terminal;
  }

  at_prompt(id) {
    return until(async () => (await this.get(id)).state === 'prompt', `the prompt of ${id}`);
  }

  get(id) {
    return this.api('GET', `/api/agent/terminals/${id}`);
  }

  exec(id, command, more = {}) {
    return this.api('POST', `/api/agent/terminals/${id}/exec`, { command, ...more });
  }

  input(id, body) {
    return this.api('POST', `/api/agent/terminals/${id}/input`, body);
  }

  async screen(id) {
    return (await this.api('GET', `/api/agent/terminals/${id}/screen`)).lines;
  }

  async close(id) {
    await this.api('DELETE', `/api/agent/terminals/${id}`);
  }

  info() {
    return this.api('GET', '/api/server/info');
  }

  async handshake_token() {
    this.agent_token ??= (await this.api('GET', '/api/agent/handshake')).token;
    return this.agent_token;
  }

  /** A named token with these scopes; its secret. */
  async token(name, scopes, more = {}) {
    return (await this.api('POST', '/api/tokens', { name, scopes, ...more })).token;
  }

  cli(args, options = {}) {
    return run_binary(args, { env: environment_of(this.home), cwd: this.home, ...options });
  }

  async kill_worker() {
    const { worker_pid } = await this.info();
    this.last_worker = worker_pid;
    process.kill(worker_pid, 'SIGKILL');
  }

  /** Waits until a worker other than the one that was killed answers. */
  back() {
    return until(() => this.info().then((info) => info.worker_pid !== this.last_worker && info, () => false), 'a new worker');
  }

  get gone() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async stop() {
    if (!this.gone) this.child.kill('SIGTERM');
    await this.ended;
    running.delete(this);
  }
}

/** options: home, args, env, uid, host; the server answers when this returns. */
export async function start({ home, args = [], env = {}, uid, host = '127.0.0.1' } = {}) {
  const place = home ?? (await make_home({ uid }));
  const port = await free_port();
  const environment = environment_of(place, env);
  const log = [];
  const child = spawn(process.env.DUOTTY_BIN, ['serve', '--host', host, '--port', String(port), ...args], {
    env: environment, cwd: place, stdio: ['ignore', 'pipe', 'pipe'], ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => log.push(data.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let failure = null;
  child.once('error', (error) => (failure = error));
  const daemon = new Daemon({
    home: place, port, child, log, ended, environment, pid: child.pid, url: `http://127.0.0.1:${port}`, socket: join(place, 'duotty', 'run', 'duotty.sock'),
  });
  running.add(daemon);
  await until(async () => {
    if (failure) throw failure;
    if (daemon.gone) throw new Error(`the server ended with ${child.exitCode}:\n${daemon.output()}`);
    // Over TLS the port would have to be trusted first.
    const door = args.some((arg) => arg.startsWith('--tls')) ? daemon.unix : daemon.tcp;
    return ask(door, { path: '/api/health', headers: { Host: `127.0.0.1:${port}` } }).then((response) => response.status === 200, () => false);
  }, 'the server to answer', 30_000);
  return daemon;
}

let shared = null;

/** The server that specs share when they need nothing special of it. */
export function main_server() {
  shared ??= start();
  return shared;
}

export async function stop_all() {
  for (const daemon of running) {
    const timer = setTimeout(() => daemon.child.kill('SIGKILL'), 20_000);
    await daemon.stop();
    clearTimeout(timer);
    // A worker that a sanitizer has ended is followed by another: no spec need have noticed.
    const report = /^.*(?:Sanitizer:|runtime error:)[^]{0,3000}/m.exec(daemon.output());
    if (report) {
      process.stdout.write(`${report[0]}\n`);
      process.exitCode = 1;
    }
  }
  for (const home of homes) await rm(home, { recursive: true, force: true });
}

/** What AddressSanitizer, known by terabytes of address space, keeps of freed memory; else nothing. */
export function quarantine_kib(pid) {
  const space = /VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(space[1]) > 2 ** 30 ? 320 * 1024 : 0;
}

/** What /proc says about the processes that run now. */
export function processes(list) {
  const found = [];
  for (const pid of list) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (rest[0] !== 'Z') found.push({ pid: Number(pid), parent: Number(rest[1]), session: Number(rest[3]), start: rest[19] });
    } catch {
      // It has ended.
    }
  }
  return found;
}
