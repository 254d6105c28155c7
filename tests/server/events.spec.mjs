// Events over the end of a worker: whoever goes on from the last id it has seen gets every event once, or is told.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { EventStream } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const path = '/api/agent/events/stream';
const recent = (s, query = '') => s.api('GET', `/api/agent/events/recent${query}`);
const state = (s, name) => join(s.home, 'duotty', 'state', name);

/** Follows the stream over lost connections by Last-Event-ID, as a browser would. */
class Follower {
  constructor(server, last) {
    Object.assign(this, { server, last, events: [], signs: [], over: false });
    this.running = this.run();
  }

  async run() {
    while (!this.over) {
      const stream = await EventStream.open(this.server.unix, { path, headers: { 'Last-Event-ID': String(this.last) } }).catch(() => null);
      if (!stream || stream.status !== 200) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      this.stream = stream;
      await stream.next(() => false, 'the end').catch(() => undefined);
      for (const item of stream.items) {
        if (item.event === 'agent_event') this.events.push(item.json);
        else if (item.event !== 'heartbeat') this.signs.push(item);
        if (item.id) this.last = Number(item.id);
      }
    }
  }

  get seen() {
    return [...this.events, ...(this.stream?.items ?? []).filter((item) => item.event === 'agent_event').map((item) => item.json)];
  }

  async stop() {
    this.over = true;
    this.stream?.close();
    await this.running;
  }
}

spec('events: a killed worker loses none that was told, and gives no id twice', async () => {
  const s = await start();
  const { last_id, epoch } = await recent(s);
  const follower = new Follower(s, last_id);
  const expected = [];
  for (let turn = 0; turn < 4; turn += 1) {
    for (let i = 0; i < 6; i += 1) {
      const name = `turn-${turn}-${i}`;
      await s.create({ name, command: ['/bin/cat'] });
      expected.push(name);
    }
    // An answer does not wait for its event to be kept; one that was told is kept.
    await until(() => follower.seen.some((event) => event.name === expected.at(-1)), 'the events to be told');
    await s.kill_worker();
    await s.back();
  }
  await until(() => follower.seen.filter((event) => event.action === 'server_recovered').length === 4, 'the last worker to speak');
  await follower.stop();
  const ids = follower.events.map((event) => event.id);
  assert.deepEqual(ids, ids.map((_, at) => last_id + 1 + at));
  assert.deepEqual(follower.signs, []);
  assert.deepEqual(follower.events.filter((event) => expected.includes(event.name)).map((event) => event.name), expected);
  const again = await recent(s, `?since_id=${last_id}&epoch=${epoch}&limit=500`);
  assert.deepEqual(again.events, follower.events);
  assert.deepEqual([again.missing, again.reset, again.epoch, again.last_id], [0, false, epoch, ids.at(-1)]);
  assert.equal(statSync(state(s, 'events.db')).mode & 0o777, 0o600);
  await s.stop();
});

spec('events: a server that was stopped goes on with the next id', async () => {
  const s = await start();
  await s.create({ name: 'before', command: ['/bin/cat'] });
  const before = await recent(s);
  await s.stop();
  const again = await start({ home: s.home });
  const kept = await recent(again);
  assert.deepEqual([kept.events.slice(0, before.events.length), kept.epoch], [before.events, before.epoch]);
  assert.ok(!kept.events.some((event) => event.action === 'server_recovered'));
  await again.create({ name: 'after', command: ['/bin/cat'] });
  const since = await recent(again, `?since_id=${kept.last_id}`);
  assert.deepEqual([since.events[0].id, since.events[0].name, since.missing], [kept.last_id + 1, 'after', 0]);
  await again.stop();
});

for (const [how, damage] of [
  ['cut', (file) => truncateSync(file, statSync(file).size - 5000)],
  ['overwritten', (file) => writeFileSync(file, 'x'.repeat(20_000))],
  ['gone', (file) => truncateSync(file, 0)],
]) {
  spec(`events: when their file was ${how}, whoever goes on is told, and no id comes back`, async () => {
    const s = await start();
    for (let i = 0; i < 6; i += 1) await s.create({ name: `name-${i}`, command: ['/bin/cat'] });
    const before = await recent(s);
    await s.stop();
    damage(state(s, 'events.db'));
    const again = await start({ home: s.home });
    const middle = before.last_id - 3;
    const stream = await EventStream.open(again.unix, { path: `${path}?since_id=${middle}` });
    const gap = await stream.next((item) => item.event === 'gap', 'a sign of the gap');
    assert.ok(gap.json.gap >= 3, gap.data);
    await again.create({ name: 'later', command: ['/bin/cat'] });
    const later = await stream.next((item) => item.event === 'agent_event' && item.json.name === 'later', 'the event after');
    assert.ok(later.json.id > before.last_id);
    stream.close();
    const answer = await recent(again, `?since_id=${middle}&epoch=${before.epoch}`);
    assert.deepEqual([answer.reset, answer.epoch === before.epoch, answer.events.some((event) => event.name === 'later')], [true, false, true]);
    assert.ok((await recent(again, `?since_id=${middle}`)).missing >= 3);
    if (how !== 'gone') assert.ok(readdirSync(state(s, '.')).some((name) => name.startsWith('events.db.damaged-')), again.output());
    await again.stop();
  });
}

spec('events: an id of another server or from before a lost state is answered with a reset', async () => {
  const s = await start();
  await s.create({ name: 'one', command: ['/bin/cat'] });
  const { last_id, epoch } = await recent(s);
  const stream = await EventStream.open(s.unix, { path, headers: { 'Last-Event-ID': String(last_id + 1000) } });
  const reset = await stream.next((item) => item.event === 'reset', 'the reset');
  assert.deepEqual([reset.id, reset.json], ['', { reset: true, epoch, last_id }]);
  await stream.next((item) => item.event === 'agent_event' && item.json.name === 'one', 'what is kept');
  stream.close();
  const other = await EventStream.open(s.unix, { path: `${path}?since_id=${last_id}&epoch=other` });
  await other.next((item) => item.event === 'reset', 'the reset');
  other.close();
  const same = await recent(s, `?since_id=${last_id}&epoch=${epoch}`);
  assert.deepEqual([same.events, same.reset, same.missing], [[], false, 0]);
  for (const name of ['two', 'three']) await s.create({ name, command: ['/bin/cat'] });
  const limited = await recent(s, `?since_id=1&limit=1`);
  assert.deepEqual([limited.events.length, limited.events[0].name, limited.missing], [1, 'three', limited.last_id - 2]);
  await s.stop();
});

spec('events: what was typed, and commands that are not stored, stay in memory', async () => {
  const s = await start();
  const { id } = await s.shell();
  const written = () => readdirSync(state(s, '.')).filter((name) => name.startsWith('events.db')).map((name) => readFileSync(state(s, name), 'latin1')).join('');
  const commands = async () => (await recent(s, '?limit=500')).events.filter((event) => event.action === 'terminal_exec').map((event) => event.command);
  await s.exec(id, 'echo ordinary');
  await s.exec(id, ' echo spaced');
  await s.api('POST', '/api/settings', { command_history: false });
  await s.exec(id, 'echo unwanted');
  await s.input(id, { data: ': typed-secret' });
  assert.deepEqual(await commands(), ['echo ordinary', ' echo spaced', 'echo unwanted']);
  await s.kill_worker();
  await s.back();
  assert.deepEqual(await commands(), ['echo ordinary', null, null]);
  const { events } = await recent(s, '?limit=500');
  assert.equal(events.find((event) => event.action === 'terminal_input').data, null);
  assert.ok(written().includes('echo ordinary'));
  for (const word of ['spaced', 'unwanted', 'typed-secret']) assert.ok(!written().includes(word), word);
  await s.api('DELETE', '/api/agent/commands', { terminal_id: id });
  assert.deepEqual(await commands(), [null, null, null]);
  await until(() => !written().includes('echo ordinary'), 'the file to lose it');
  await s.stop();
});

spec('events: without history they stay off the disk and still outlive a worker', async () => {
  const s = await start({ args: ['--no-history'] });
  const { id } = await s.create({ name: 'kept', command: ['/bin/cat'] });
  const before = await recent(s);
  await s.kill_worker();
  await s.back();
  const after = await recent(s, `?since_id=0&epoch=${before.epoch}`);
  assert.deepEqual([after.reset, after.events.slice(0, before.events.length)], [false, before.events]);
  assert.ok(!existsSync(state(s, 'events.db')));
  await s.close(id);
  await s.stop();
});
