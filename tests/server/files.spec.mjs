// What a server leaves on disk and where it starts: sockets, keys, what a dead keeper's terminals had printed, folders.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, make_home, run_binary, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

spec('a polite stop takes the socket with it, a restart of the worker does not', async () => {
  const s = await start();
  await s.kill_worker();
  await s.back();
  assert.ok(existsSync(s.socket));
  await s.stop();
  assert.ok(!existsSync(s.socket));
});

spec('the output of terminals outlives a keeper that was killed', async () => {
  const home = await make_home();
  const first = await start({ home });
  const { id } = await first.shell({});
  const closed = await first.shell({});
  await first.exec(id, 'echo not lost');
  await first.close(closed.id);
  const { worker_pid } = await first.info();
  first.child.kill('SIGKILL');
  await first.ended;
  await until(() => { try { process.kill(worker_pid, 0); return false; } catch { return true; } }, 'the worker to end');
  const second = await start({ home });
  const ended = join(home, 'duotty', 'state', 'ended');
  assert.deepEqual(await readdir(ended), [id]);
  assert.match(readFileSync(join(ended, id, 'display'), 'latin1'), /not lost/);
  assert.equal((await stat(ended)).mode & 0o777, 0o700);
  assert.deepEqual((await second.api('GET', '/api/agent/terminals')).terminals, []);
  await second.stop();
});

spec('an open address without TLS is refused before a key is made', async () => {
  const home = await make_home();
  const refused = await run_binary(['serve', '--host', '0.0.0.0', '--port', '0'], { env: environment_of(home, { DUOTTY_CONTAINER: '1' }), cwd: home });
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /without TLS.*--insecure-http/s);
  const config = join(home, 'duotty', 'config.json');
  const kept = existsSync(config) ? JSON.parse(readFileSync(config, 'utf8')) : {};
  assert.equal(kept.web_access_key ?? '', '');
});

spec('a terminal starts in the home of the server, whatever the account says', async () => {
  const s = await start();
  const { id } = await s.shell({});
  assert.equal((await s.get(id)).cwd, s.home);
  await s.stop();
});

spec('a WebSocket address asks for an upgrade, whatever the verb', async () => {
  const s = await start();
  const refusals = [];
  for (const target of [s.tcp, s.unix]) {
    for (const path of ['/ws/agent', '/ws/terminal/nowhere']) {
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
        const { status, code, headers } = await ask(target, { method, path });
        refusals.push([status, code, headers.allow]);
      }
    }
  }
  assert.deepEqual(refusals, refusals.map(() => [426, 'invalid_params', undefined]));
  await s.stop();
});

spec('the list of methods names an attachment a duplex, and calling it says where to go', async () => {
  const s = await start();
  const list = (await s.cli(['call', '--list'])).stdout;
  assert.match(list, /^terminal\.attach +duplex /m);
  const called = await s.cli(['call', 'terminal.attach', '{"terminal_id":"x"}']);
  assert.notEqual(called.code, 0);
  assert.match(called.stderr, /duotty attach TERM/);
  await s.stop();
});
