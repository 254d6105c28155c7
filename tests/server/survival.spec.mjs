// The worker may be killed at any moment: programs, screens, streams and keys survive it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { until } from '../e2e/support/wait.mjs';
import { processes, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const lines = 60_000;
/** Numbered lines at full speed once a line is entered, then a last word. */
const program = ['/bin/sh', '-c', `stty -echo; read go; i=0; seq -f "line %.0f of a program that prints" 1 ${lines}; printf "\\033[31mthe end\\033[0m\\n"; read bye`];
const printed = Array.from({ length: lines }, (_, i) => `line ${i + 1} of a program that prints\r\n`).join('') + '\x1b[31mthe end\x1b[0m\r\n';

/** Connects again after every loss, from where it stopped, and keeps all the bytes. */
class Follower {
  constructor(server, id) {
    Object.assign(this, { server, id, pieces: [], position: 0, epoch: null, stopped: false, connections: 0 });
  }
  async run() {
    while (!this.stopped) {
      const viewer = await Viewer.open(this.server.tcp, this.id, { offset: this.position, epoch: this.epoch ?? (await this.first_epoch()), ack: true });
      if (viewer.ws.readyState === 1) this.connections += 1;
      this.viewer = viewer;
      await viewer.next_state(() => viewer.over || this.stopped || viewer.text().includes('the end') || this.done(viewer), 'the end of a connection', 50_000).catch(() => undefined);
      for (const { offset, bytes } of viewer.output) {
        assert.equal(offset, this.position, 'a gap or a repetition between connections');
        this.pieces.push(bytes);
        this.position = offset + bytes.length;
      }
      assert.deepEqual(viewer.snapshots.map((one) => one.offset), [], 'skipped although the offset was kept');
      viewer.sound();
      await viewer.close();
      if (Buffer.concat(this.pieces.slice(-3)).includes('the end')) this.stopped = true;
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Buffer.concat(this.pieces).toString();
  }
  done(viewer) {
    return viewer.closed !== undefined && viewer.closed !== null;
  }
  async first_epoch() {
    this.epoch = await until(() => this.server.get(this.id).then((info) => info.epoch, () => null), 'the epoch');
    return this.epoch;
  }
}

spec('killed workers lose and double nothing', async () => {
  const s = await start();
  const terminals = await Promise.all([1, 2, 3].map(() => s.create({ command: program, cols: 80, rows: 24 })));
  const control = await start();
  const calm = await control.create({ command: program, cols: 80, rows: 24 });
  await control.input(calm.id, { data: 'go' });
  const followers = terminals.map(({ id }) => new Follower(s, id));
  const runs = followers.map((follower) => follower.run());
  await until(() => followers.every((follower) => follower.connections > 0), 'the viewers');
  await Promise.all(terminals.map(({ id }) => s.input(id, { data: 'go' })));
  let kills = 0;
  while (kills < 4) {
    await new Promise((resolve) => setTimeout(resolve, Math.floor(Math.random() * 250)));
    await s.kill_worker();
    kills += 1;
    await s.back();
  }
  const streams = await Promise.all(runs);
  streams.forEach((text, i) => assert.ok(text === printed, `terminal ${i}: ${text.length} bytes instead of ${printed.length}, ends with ${JSON.stringify(text.slice(-60))}`));
  for (const terminal of terminals) assert.equal((await s.get(terminal.id)).pid, terminal.pid);
  const expected = await until(async () => (await control.screen(calm.id)).some((line) => line.startsWith('the end')) && control.screen(calm.id), 'the control terminal');
  const styled = (server, id) => server.api('GET', `/api/agent/terminals/${id}/screen?format=ansi`).then(({ lines: rows, cursor_row, cursor_col }) => ({ rows, cursor_row, cursor_col }));
  for (const { id } of terminals) {
    assert.deepEqual(await s.screen(id), expected);
    assert.deepEqual(await styled(s, id), await styled(control, calm.id));
  }
  assert.ok(followers.some((follower) => follower.connections > 1), 'no viewer was ever cut off');
  await Promise.all([s.stop(), control.stop()]);
}, { timeout: 90_000 });

spec('resent input is not doubled, before and after a killed worker', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/cat'] });
  const first = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  await first.next((frame) => frame.type === 'hello', 'hello');
  first.type(1, 'one\r');
  first.type(2, 'two\r');
  await first.next((frame) => frame.type === 'input_ack' && frame.sequence === 2, 'the acknowledgement');
  first.type(2, 'two\r');
  first.type(1, 'one\r');
  await first.next_state(() => first.frames.filter((frame) => frame.type === 'input_ack').length >= 4, 'four acknowledgements');
  const second = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  second.type(2, 'two\r');
  second.type(3, 'three\r');
  await second.next((frame) => frame.type === 'input_ack' && frame.sequence === 3, 'the acknowledgement');
  const text = async () => (await s.screen(id)).filter(Boolean);
  await until(async () => (await text()).length >= 6, 'six lines');
  assert.deepEqual(await text(), ['one', 'two', 'one', 'two', 'three', 'three'], 'echo and output of cat, each once');
  await s.kill_worker();
  await s.back();
  const third = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  third.type(3, 'three\r');
  third.type(4, 'four\r');
  await third.next((frame) => frame.type === 'input_ack' && frame.sequence === 4, 'the acknowledgement');
  await until(async () => (await text()).filter((line) => line === 'four').length === 2, 'four');
  assert.equal((await text()).filter((line) => line === 'three').length, 2, 'acknowledged input was typed again after the restart');
  for (const viewer of [first, second, third]) await viewer.close();
  await s.stop();
});

spec('duotty restart keeps every terminal', async () => {
  const s = await start();
  const { id, pid, epoch } = await s.shell({ name: 'kept', tags: ['a'] });
  await s.exec(id, 'variable=kept; cd /usr');
  const before = await s.info();
  const { code, stderr } = await s.cli(['restart']);
  assert.equal(code, 0, stderr);
  const after = await until(() => s.info().then((info) => info.worker_pid !== before.worker_pid && info, () => false), 'a new worker');
  assert.equal(after.keeper_pid, before.keeper_pid);
  const kept = await s.get('kept');
  assert.deepEqual({ id: kept.id, pid: kept.pid, epoch: kept.epoch, tags: kept.tags }, { id, pid, epoch, tags: ['a'] });
  const result = await s.exec(id, 'echo $variable; pwd');
  assert.deepEqual([result.stdout, result.exit_code], ['kept\n/usr\n', 0]);
  await s.stop();
});

spec('an exec that is cut off goes on, and its terminal is usable afterwards', async () => {
  const s = await start();
  const { id } = await s.shell();
  const cut = ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, headers: { 'X-Duotty': '1' }, body: { command: 'echo began; sleep 0.5; echo ended' } }).then(() => 'answered', () => 'cut');
  await until(async () => (await s.screen(id)).includes('began'), 'the command');
  await s.kill_worker();
  assert.equal(await cut, 'cut');
  await s.back();
  await until(async () => (await s.screen(id)).includes('ended'), 'the end of the command');
  await s.at_prompt(id);
  assert.equal((await s.exec(id, 'echo next')).stdout, 'next\n');
  await s.stop();
});

const everyone = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

spec('a polite stop leaves no process and no socket', async () => {
  const s = await start();
  const ids = [];
  for (const command of [
    ['/bin/bash', '-c', 'trap "" HUP; sleep 1000 & sleep 1000'],
    ['/bin/sh', '-c', 'trap "" HUP TERM INT; while :; do sleep 0.2; done'],
    ['/bin/cat'],
  ]) {
    ids.push((await s.create({ command })).pid);
  }
  const shell = await s.shell();
  ids.push(shell.pid);
  await s.exec(shell.id, 'nohup sleep 1000 >/dev/null 2>&1 &');
  const sessions = new Set(ids);
  const ours = () => processes(everyone()).filter((one) => sessions.has(one.session) || sessions.has(one.pid));
  await until(() => ours().length >= 6, 'all processes');
  const { keeper_pid, worker_pid } = await s.info();
  const began = Date.now();
  process.kill(keeper_pid, 'SIGTERM');
  assert.equal(await s.ended, 0);
  assert.ok(Date.now() - began < 15_000);
  await until(() => ours().length === 0, 'nothing to be left in /proc');
  assert.equal(processes([worker_pid]).length, 0);
  assert.equal(existsSync(s.socket), false, 'the socket file is left behind');
  const again = await start({ home: s.home });
  assert.deepEqual((await again.api('GET', '/api/agent/terminals')).terminals, []);
  await again.stop();
}, { timeout: 60_000 });

spec('a killed keeper does not keep the next server from starting', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/cat'] });
  assert.ok(id);
  process.kill(s.pid, 'SIGKILL');
  await s.ended;
  const next = await start({ home: s.home });
  assert.equal((await next.api('GET', '/api/health')).status, 'ok');
  assert.equal((await next.cli(['status'])).code, 0);
  const made = await next.create({ command: ['/bin/cat'] });
  assert.equal(made.alive, true);
  await next.stop();
});

spec('a second server on the same home is refused', async () => {
  const s = await start();
  const second = await s.cli(['serve', '--port', '0'], { patience: 15_000 });
  assert.ok(second.code !== 0 && second.code !== null, `it ended with ${second.code}`);
  assert.match(second.stderr, /\w/);
  assert.equal((await s.api('GET', '/api/health')).status, 'ok');
  assert.match(readFileSync(`${s.home}/duotty/run/duotty.pid`, 'utf8'), /^\d+\s*$/);
  await s.stop();
});
