// Starts the server under test: the built binary (DUOTTY_BIN), or the mock of the web UI with --mock.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const mock_script = fileURLToPath(new URL('../../../web/test/mock-server.mjs', import.meta.url));

function free_port() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The shell shall not read the person's own start files, so that what it prints is known. */
function clean_environment(home) {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    SHELL: '/bin/bash',
    DUOTTY_HOME: join(home, 'duotty'),
  };
}

/** options: mock, access_key (the server then requires it from everyone) */
export async function start_server({ mock, access_key }) {
  const home = await mkdtemp(join(tmpdir(), 'duotty-e2e-'));
  const port = await free_port();
  const url = `http://127.0.0.1:${port}`;
  const environment = clean_environment(home);
  let command;
  if (mock) {
    command = [process.execPath, mock_script, '--port', String(port), ...(access_key ? ['--require-key', access_key] : [])];
  } else {
    command = [process.env.DUOTTY_BIN, 'serve', '--host', '127.0.0.1', '--port', String(port)];
    if (process.env.DUOTTY_WEB_DIR) command.push('--web-dir', process.env.DUOTTY_WEB_DIR);
    if (access_key) {
      command.push('--require-key');
      environment.WEB_ACCESS_KEY = access_key;
    }
  }
  const output = [];
  const child = spawn(command[0], command.slice(1), { env: environment, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => output.push(data.toString()));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let failure = null;
  child.once('error', (error) => (failure = error));

  const api = async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-Duotty': '1', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  await until(async () => {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output.join('')}`);
    return fetch(`${url}/api/health`).then((response) => response.ok, () => false);
  }, 'the server to answer');

  return {
    url,
    /** The home of the server's user. */
    home,
    mock,
    api,
    output: () => output.join(''),
    /** Ends every terminal, so that a test starts from nothing. */
    async clear() {
      const { terminals } = await api('GET', '/api/agent/terminals');
      for (const terminal of terminals) await api('DELETE', `/api/agent/terminals/${terminal.id}`).catch(() => undefined);
    },
    /** Kills the part of the server that viewers talk to. */
    async kill_worker() {
      if (mock) {
        await api('POST', '/__mock/drop?ms=400');
        return;
      }
      const { worker_pid } = await api('GET', '/api/server/info');
      process.kill(worker_pid, 'SIGKILL');
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}
