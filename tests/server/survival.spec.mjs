// The worker may be killed at any moment: programs, screens, streams and keys survive it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { until } from '../e2e/support/wait.mjs';
import { processes, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const line = (number) => `line ${number} of a program that prints`;
const whole = (count) => Array.from({ length: count }, (_, i) => `${line(i + 1)}\r\n`).join('') + '\x1b[31mthe end\x1b[0m\r\n';

/** Numbered lines at full speed once a line is entered, in bursts when `pause` says so; after a second line, a last word. */
function printer(count, { burst = count, pause = '' } = {}) {
  const loop = `i=1; while [ $i -le ${count} ]; do seq -f "line %.0f of a program that prints" $i $((i + ${burst - 1})); i=$((i + ${burst})); ${pause}done`;
  return ['/bin/sh', '-c', `stty -echo; read go; ${loop}; read go; printf "\\033[31mthe end\\033[0m\\n"; read bye`];
}
// Less than a viewer may be behind by in all, so that no pause of the server, however long, justifies a skip.
const paced = { count: 12_000, command: printer(12_000, { burst: 60, pause: 'sleep 0.005; ' }) };
const flood = { count: 200_000, command: printer(200_000) };

/** A viewer that connects again after every loss from where it stopped. Every byte it got is kept. */
class Follower {
  constructor(server, id, epoch) {
    Object.assign(this, { server, id, epoch, pieces: [], position: 0, connections: 0, skips: 0, faults: [] });
  }

  async run() {
    for (let ended = false; !ended; ) {
      const viewer = await Viewer.open(this.server.tcp, this.id, { offset: this.position, epoch: this.epoch });
      if (viewer.over) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      this.connections += 1;
      await viewer.shows(/the end/, 'the end', 60_000).then(() => (ended = true), (error) => {
        if (!viewer.over) throw error;
      });
      for (const { offset, bytes } of viewer.output) {
        if (offset !== this.position && viewer.snapshots.length === 0) this.faults.push(`output at ${offset}, not at ${this.position}`);
        this.pieces.push(bytes);
        this.position = offset + bytes.length;
      }
      this.position = Math.max(this.position, ...viewer.snapshots.map((one) => one.offset));
      this.skips += viewer.snapshots.length;
      this.faults.push(...viewer.faults);
      await viewer.close();
    }
    return Buffer.concat(this.pieces).toString();
  }
}

const state = async (server, id) => {
  const { lines, cursor_row, cursor_col } = await server.api('GET', `/api/agent/terminals/${id}/screen?format=ansi`);
  return { lines, cursor_row, cursor_col };
};

// A flood is a spec of its own: drawing it, this process would be too slow for the others.
for (const [name, whats] of [['killed workers lose and double nothing', [paced, paced]], ['nor in a flood', [flood]]]) spec(name, async () => {
  const [s, calm] = await Promise.all([start(), start()]);
  const made = await Promise.all(whats.map(async (what) => {
    const terminal = await s.create({ command: what.command, cols: 80, rows: 24 });
    const control = await calm.create({ command: printer(what.count), cols: 80, rows: 24 });
    return { ...terminal, what, control: control.id, follower: new Follower(s, terminal.id, terminal.epoch) };
  }));
  for (const { control } of made) for (const word of ['go', 'end']) await calm.input(control, { data: word });
  const runs = made.map(({ follower }) => follower.run());
  await until(() => made.every(({ follower }) => follower.connections > 0), 'the viewers');
  for (const { id } of made) await s.input(id, { data: 'go' });
  for (let kills = 0; kills < 4; kills += 1) {
    // A random moment of the output; nothing is concluded from the time.
    await new Promise((resolve) => setTimeout(resolve, Math.floor(Math.random() * 200)));
    await s.kill_worker();
    await s.back();
  }
  for (const { id } of made) await s.input(id, { data: 'end' });
  const streams = await Promise.all(runs);
  made.forEach(({ follower, what }, i) => {
    assert.deepEqual(follower.faults, []);
    if (what === flood) return;
    assert.equal(follower.skips, 0, 'skipped although it was not late');
    const expected = whole(what.count);
    assert.ok(streams[i] === expected, `viewer ${i} got ${streams[i].length} bytes instead of ${expected.length}`);
  });
  assert.ok(made.some(({ follower }) => follower.connections > 1), 'no viewer was ever cut off');
  for (const { id, pid, what, control } of made) {
    assert.equal((await s.get(id)).pid, pid);
    const all = whole(what.count);
    const kept = await until(async () => {
      const snapshot = await s.api('GET', `/api/agent/terminals/${id}/snapshot?since=0&strip_ansi=false`);
      return snapshot.size >= all.length && snapshot;
    }, 'the whole output');
    assert.equal(kept.size, all.length);
    assert.ok(kept.output.length > 400_000 && all.endsWith(kept.output), `the record differs: ${JSON.stringify(kept.output.slice(-80))}`);
    await until(async () => (await calm.screen(control)).some((text) => text.startsWith('the end')), 'the control terminal');
    assert.deepEqual(await state(s, id), await state(calm, control));
  }
  await Promise.all([s.stop(), calm.stop()]);
}, { timeout: 100_000 });

spec('resent input is not doubled', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/cat'] });
  const first = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  await first.next((frame) => frame.type === 'hello', 'hello');
  first.type(1, 'one\r');
  first.type(2, 'two\r');
  await first.next((frame) => frame.type === 'input_ack' && frame.sequence === 2, 'the acknowledgement');
  first.type(2, 'two\r');
  first.type(1, 'one\r');
  const again = () => first.frames.filter((frame) => frame.type === 'input_ack' && frame.sequence === 2).length >= 2;
  await first.next_state(again, 'another acknowledgement');
  const second = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  second.type(2, 'two\r');
  second.type(3, 'three\r');
  await second.next((frame) => frame.type === 'input_ack' && frame.sequence === 3, 'the acknowledgement');
  const text = async () => (await s.screen(id)).filter(Boolean);
  await until(async () => (await text()).length >= 6, 'six lines');
  assert.deepEqual((await text()).sort(), ['one', 'one', 'three', 'three', 'two', 'two'], 'echo and output of cat, each once');
  for (const viewer of [first, second]) await viewer.close();
  await s.stop();
});

spec('resent input is not doubled after a killed worker', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/cat'] });
  const text = async () => (await s.screen(id)).filter(Boolean);
  const first = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  first.type(3, 'three\r');
  await first.next((frame) => frame.type === 'input_ack' && frame.sequence === 3, 'the acknowledgement');
  await s.kill_worker();
  await s.back();
  const third = await Viewer.open(s.tcp, id, { input_token: 'a-random-word' });
  third.type(3, 'three\r');
  third.type(4, 'four\r');
  await third.next((frame) => frame.type === 'input_ack' && frame.sequence === 4, 'the acknowledgement');
  await until(async () => (await text()).filter((line) => line === 'four').length === 2, 'four');
  assert.equal((await text()).filter((line) => line === 'three').length, 2, 'acknowledged input was typed again after the restart');
  for (const viewer of [first, third]) await viewer.close();
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

spec('ids of events only grow, whatever becomes of the worker', async () => {
  const s = await start();
  const seen = [];
  const recent = async () => (await s.api('GET', `/api/agent/events/recent?limit=100&since_id=${seen.at(-1) ?? 0}`)).events.map((event) => event.id);
  for (const end of [() => s.kill_worker().then(() => s.back()), () => s.cli(['restart']), () => s.kill_worker().then(() => s.back())]) {
    const before = (await s.info()).worker_pid;
    for (let i = 0; i < 3; i += 1) await s.create({ command: ['/bin/cat'] });
    seen.push(...(await recent()));
    await end();
    await until(() => s.info().then((info) => info.worker_pid !== before, () => false), 'a new worker');
  }
  await s.create({ command: ['/bin/cat'] });
  seen.push(...(await recent()));
  assert.ok(seen.length >= 10, `${seen.length} events`);
  assert.deepEqual(seen, seen.map((_, at) => seen[0] + at));
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

spec('a polite stop leaves no process, and the next start works', async () => {
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

spec('a killed worker rebuilds the screen without history on the disk', async () => {
  const s = await start({ args: ['--no-history'] });
  const { id } = await s.create({ cols: 80, rows: 24 });
  const run = (command) => s.api('POST', `/api/agent/terminals/${id}/exec`, { command });
  await run("seq 1 400; printf '\\e[38;5;130mcolour\\e[0m\\n\\e[?25l'");
  await s.api('POST', `/api/agent/terminals/${id}/resize`, { cols: 60, rows: 20 });
  await run('echo at sixty columns');
  await s.api('POST', `/api/agent/terminals/${id}/resize`, { cols: 90, rows: 30 });
  await run('echo at ninety');
  const dump = async () => (await s.api('GET', `/api/agent/terminals/${id}/screen?format=ansi`));
  const before = await dump();
  for (let kills = 0; kills < 3; kills += 1) {
    await s.kill_worker();
    await s.back();
    const after = await dump();
    assert.deepEqual({ ...after, generation: 0 }, { ...before, generation: 0 });
  }
  const viewer = await Viewer.open(s.tcp, id, {});
  viewer.type(1, 'echo alive\r');
  await until(async () => (await s.screen(id)).includes('alive'), 'the shell');
  await viewer.close();
  const memory = readdirSync('/dev/shm').find((name) => name.startsWith('duotty-') && existsSync(`/dev/shm/${name}/${id}`));
  assert.ok(memory, 'nothing in memory');
  assert.deepEqual(readdirSync(s.home, { recursive: true }).filter((name) => /ring$|checkpoint|journal|display$/.test(name)), []);
  await s.stop();
  assert.ok(!existsSync(`/dev/shm/${memory}`), 'left behind in memory');
});
