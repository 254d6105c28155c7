// The terminal WebSocket: order, windows, roles, sizes, presence, control, hidden viewers, one answer to a query.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const hello = (viewer) => viewer.next((frame) => frame.type === 'hello', 'hello');

async function with_terminal(params, body) {
  const s = await main_server();
  const { id } = await s.create({ cols: 80, rows: 24, ...params });
  const viewers = [];
  const open = async (options) => {
    const viewer = await Viewer.open(s.tcp, id, options);
    viewers.push(viewer);
    return viewer;
  };
  try {
    await body({ s, id, open });
    viewers.forEach((viewer) => viewer.sound());
  } finally {
    for (const viewer of viewers) await viewer.close();
    await s.close(id).catch(() => undefined);
  }
}

spec('hello, then a snapshot, then bytes from its offset on', () =>
  with_terminal({ command: ['/bin/sh', '-c', 'printf "before\\n"; cat'] }, async ({ s, id, open }) => {
    await until(async () => (await s.get(id)).size >= 8, 'output');
    const viewer = await open({ name: 'first', cols: 80, rows: 24 });
    await viewer.next_state(() => viewer.snapshots.length === 1, 'a snapshot');
    const greeting = viewer.frames[0];
    assert.equal(greeting.type, 'hello');
    assert.deepEqual([greeting.protocol, greeting.role, greeting.cols, greeting.rows, greeting.terminal.id, greeting.epoch.length > 4], [1, 'owner', 80, 24, id, true]);
    assert.equal(greeting.epoch, (await s.get(id)).epoch);
    assert.match(viewer.snapshots[0].bytes.toString(), /before/);
    assert.deepEqual([viewer.snapshots[0].cols, viewer.snapshots[0].rows], [80, 24]);
    await s.input(id, { data: 'after' });
    await viewer.shows(/after\r\nafter/);
    assert.equal(viewer.output[0].offset, viewer.snapshots[0].offset);
    assert.equal(viewer.snapshots.length, 1);
  }));

spec('a viewer that comes back gets exactly what it missed', () =>
  with_terminal({ command: ['/bin/cat'] }, async ({ s, id, open }) => {
    const first = await open({});
    await s.input(id, { data: 'one' });
    await first.shows(/one\r\none\r\n/);
    const { position, epoch } = first;
    await first.close();
    await s.input(id, { data: 'two', wait: true, idle: 0.1 });
    const second = await open({ epoch, offset: position });
    await second.shows(/two\r\ntwo\r\n/);
    assert.equal(second.snapshots.length, 0);
    assert.equal(second.output[0].offset, position);
    const other = await open({ epoch: 'another-epoch', offset: position });
    await other.next_state(() => other.snapshots.length === 1, 'a snapshot for an unknown epoch');
    const ahead = await open({ epoch, offset: 10_000_000 });
    await ahead.next_state(() => ahead.snapshots.length === 1, 'a snapshot for an offset that does not exist');
  }));

const resident_kib = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

spec('a viewer that never acknowledges is sent little and holds nobody up', () =>
  with_terminal({ command: ['/bin/sh', '-c', 'read go; seq -f "%.0f a line of a flood that goes on and on" 1 400000; printf "the end\\n"; cat'] }, async ({ s, id, open }) => {
    const silent = await open({ ack: false });
    const good = await open({});
    await Promise.all([hello(silent), hello(good)]);
    const { worker_pid } = await s.info();
    const before = resident_kib(worker_pid);
    await s.input(id, { data: 'go' });
    await good.shows(/the end/, 'the end of the flood', 50_000);
    assert.ok((await s.get(id)).size > 10_000_000);
    // Both have been served by the time that another round trip through the same terminal is over.
    await s.input(id, { data: 'last' });
    await good.shows(/last\r\nlast/);
    silent.send({ type: 'ping' });
    await silent.next((frame) => frame.type === 'pong', 'pong');
    assert.ok(silent.received <= 512 * 1024, `the silent viewer was sent ${silent.received} bytes`);
    const grown = resident_kib(worker_pid) - before;
    assert.ok(grown < 96 * 1024, `the server grew by ${grown} KiB`);
    silent.ack(silent.position);
    await silent.next_state(() => silent.snapshots.some((one) => /the end/.test(one.bytes.toString())) || /the end/.test(silent.text()), 'the silent viewer to catch up after an acknowledgement');
  }));

spec('ctrl-c takes effect at once during a flood', () =>
  with_terminal({ command: ['/bin/sh', '-c', 'trap "printf stopped; exec cat" INT; while :; do seq 1 2000; done'] }, async ({ open, s, id }) => {
    const lazy = await open({ ack: false });
    await hello(lazy);
    await until(async () => (await s.get(id)).size > 500_000, 'a flood');
    lazy.type(1, '\x03');
    await until(async () => (await s.screen(id)).some((line) => line.includes('stopped')), 'the interrupt');
  }));

spec('a viewer that may only watch is refused, message by message', () =>
  with_terminal({ command: ['/bin/cat'] }, async ({ s, id, open }) => {
    const typist = await open({ cols: 80, rows: 24 });
    const watcher = await open({ role: 'viewer', cols: 40, rows: 10 });
    await Promise.all([hello(typist), hello(watcher)]);
    assert.equal(watcher.role, 'viewer');
    const size = (await s.get(id)).size;
    watcher.type(1, 'no');
    const refusal = await watcher.next((frame) => frame.type === 'input_refused', 'the refusal');
    assert.deepEqual([refusal.sequence, refusal.code], [1, 'denied']);
    const errors = () => watcher.frames.filter((frame) => frame.type === 'error' && frame.error.code === 'denied').length;
    const forbidden = [{ type: 'resize', cols: 20, rows: 5 }, { type: 'size_policy', policy: 'smallest' }, { type: 'control', take: true }, { type: 'prefill' }, { type: 'ask_cancel' }];
    for (const [i, frame] of forbidden.entries()) {
      watcher.send(frame);
      await watcher.next_state(() => errors() === i + 1, `the refusal of ${frame.type}`);
    }
    const after = await s.get(id);
    assert.deepEqual([after.cols, after.rows, after.size, after.size_policy], [80, 24, size, 'active']);
    watcher.send({ type: 'ping' });
    await watcher.next((frame) => frame.type === 'pong', 'pong');
  }));

spec('sizes follow the policy', () =>
  with_terminal({ command: ['/bin/cat'] }, async ({ s, id, open }) => {
    const size = (cols, rows) => until(async () => { const info = await s.get(id); return info.cols === cols && info.rows === rows; }, `${cols} by ${rows}`);
    const big = await open({ cols: 120, rows: 40 });
    const small = await open({ cols: 60, rows: 50 });
    await Promise.all([hello(big), hello(small)]);
    big.type(1, 'a');
    await size(120, 40);
    small.type(1, 'b');
    await size(60, 50);
    const told = await big.next((frame) => frame.type === 'size' && frame.cols === 60, 'the size');
    assert.deepEqual([told.rows, told.by], [50, small.id]);
    big.send({ type: 'size_policy', policy: 'smallest' });
    await size(60, 40);
    big.send({ type: 'size_policy', policy: 'largest' });
    await size(120, 50);
    small.send({ type: 'resize', cols: 130, rows: 20 });
    await size(130, 40);
    big.send({ type: 'size_policy', policy: 'fixed' });
    await until(async () => (await s.get(id)).size_policy === 'fixed', 'the policy');
    small.send({ type: 'resize', cols: 70, rows: 20 });
    big.type(2, 'c');
    await big.next((frame) => frame.type === 'input_ack' && frame.sequence === 2, 'the key');
    assert.deepEqual([(await s.get(id)).cols, (await s.get(id)).rows], [130, 40]);
    for (const bad of [{ cols: 0, rows: 5 }, { cols: 1001, rows: 5 }, { cols: 'x', rows: 5 }, {}]) big.send({ type: 'resize', ...bad });
    big.send({ type: 'ping' });
    await big.next((frame) => frame.type === 'pong', 'pong');
    assert.deepEqual([(await s.get(id)).cols, (await s.get(id)).rows], [130, 40]);
  }));

spec('presence says who is there', () =>
  with_terminal({ command: ['/bin/cat'] }, async ({ s, id, open }) => {
    const first = await open({ name: 'alice', cols: 90, rows: 30 });
    const second = await open({ name: 'bob', role: 'viewer' });
    await Promise.all([hello(first), hello(second)]);
    const both = await first.next((frame) => frame.type === 'presence' && frame.viewers.length === 2, 'two viewers');
    const brief = ({ id: viewer, name, kind, role }) => ({ viewer, name, kind, role });
    assert.deepEqual(both.viewers.map(brief), [{ viewer: first.id, name: 'alice', kind: 'browser', role: 'owner' }, { viewer: second.id, name: 'bob', kind: 'browser', role: 'viewer' }]);
    assert.equal((await s.get(id)).viewers, 2);
    first.type(1, 'x');
    await second.next((frame) => frame.type === 'presence' && frame.viewers.some((one) => one.id === first.id && one.active), 'who types');
    await second.close();
    await until(() => first.frames.filter((frame) => frame.type === 'presence').at(-1).viewers.length === 1, 'one viewer');
    await until(async () => (await s.get(id)).viewers === 1, 'one viewer in the list');
  }));

spec('who takes control holds agents off', () =>
  with_terminal({}, async ({ s, id, open }) => {
    await s.at_prompt(id);
    const token = await s.handshake_token();
    const as_agent = (path, body) => ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/${path}`, headers: { Authorization: `Bearer ${token}` }, body });
    const person = await open({});
    const other = await open({});
    await Promise.all([hello(person), hello(other)]);
    person.send({ type: 'control', take: true });
    assert.equal((await other.next((frame) => frame.type === 'control', 'control')).held_by, person.id);
    for (const [path, body] of [['input', { data: 'no', timeout: 0.2 }], ['exec', { command: 'echo no', timeout: 0.2 }]]) {
      const response = await as_agent(path, body);
      assert.deepEqual([response.status, response.code], [409, 'busy_user'], path);
      assert.match(response.json.error.message, /control/);
    }
    other.send({ type: 'control', take: false });
    const waiting = as_agent('exec', { command: 'echo yes', timeout: 20 });
    person.send({ type: 'control', take: false });
    await other.next((frame) => frame.type === 'control' && frame.held_by === null, 'the release');
    assert.equal((await waiting).json.stdout, 'yes\n');
    person.send({ type: 'control', take: true });
    await until(() => other.frames.filter((frame) => frame.type === 'control').at(-1).held_by === person.id, 'control again');
    await person.close();
    await until(() => other.frames.filter((frame) => frame.type === 'control').at(-1).held_by === null, 'control to end with its holder');
    assert.equal((await as_agent('exec', { command: 'echo free' })).json.stdout, 'free\n');
  }));

spec('a hidden viewer gets nothing until it is shown', () =>
  with_terminal({ command: ['/bin/sh', '-c', 'cat'] }, async ({ s, id, open }) => {
    const hidden = await open({});
    const shown = await open({});
    await Promise.all([hello(hidden), hello(shown)]);
    hidden.send({ type: 'visible', visible: false });
    hidden.send({ type: 'ping' });
    await hidden.next((frame) => frame.type === 'pong', 'pong');
    const before = hidden.received;
    await s.input(id, { data: 'while hidden' });
    await shown.shows(/while hidden\r\nwhile hidden/);
    hidden.frames.length = 0;
    hidden.send({ type: 'ping' });
    await hidden.next((frame) => frame.type === 'pong', 'pong');
    assert.equal(hidden.received, before);
    hidden.send({ type: 'visible', visible: true });
    await hidden.shows(/while hidden/);
  }));

spec('a query is answered once, whatever the number of viewers', () =>
  with_terminal({ command: ['/bin/bash', '--norc', '--noprofile'] }, async ({ s, id, open }) => {
    // The status report at the end of every question ends the answer: what came twice, or too much, stands before it or
    // before the answer to the next question.
    const ask_terminal = async (query) => {
      const marker = `answer-${Math.random().toString(36).slice(2, 8)}`;
      await s.input(id, { data: `stty -echo -icanon min 1 time 0; printf '${query}\\033[5n'; IFS= read -r -d n a; stty sane; printf '%s %q|\\n' ${marker.slice(0, 6)}"${marker.slice(6)}" "$a"` });
      const line = await until(async () => (await s.screen(id)).find((text) => text.includes(`${marker} `)), `the answer to ${query}`);
      return line.slice(line.indexOf(marker) + marker.length + 1);
    };
    const queries = {
      '\\033[c': /\\E\[\?[\d;]+c/, // DA1
      '\\033[>c': /\\E\[>[\d;]+c/, // DA2
      '\\033[6n': /\\E\[\d+;\d+R/, // CPR
      '\\033[?2004$p': /\\E\[\?2004;[1-4]\$y/, // DECRQM
      '\\033]10;?\\033\\\\': /\\E\]10;rgb:[0-9a-f/]+\\E\\\\/,
      '\\033]11;?\\033\\\\': /\\E\]11;rgb:[0-9a-f/]+\\E\\\\/,
      '\\033[>q': /\\EP>\|[^\\]+\\E\\\\/, // XTVERSION
      '\\033P+q544e\\033\\\\': /\\EP1\+r544[eE]=[0-9a-fA-F]+\\E\\\\/, // XTGETTCAP
      '\\033[?u': /\\E\[\?\d+u/, // kitty keyboard flags
    };
    const answers = [];
    for (const count of [0, 1, 3]) {
      while ((await s.get(id)).viewers < count) await hello(await open({}));
      for (const [query, pattern] of Object.entries(queries)) {
        const answer = await ask_terminal(query);
        assert.match(answer, new RegExp(`^\\$'${pattern.source}\\\\E\\[0'\\|$`), `${query} with ${count} viewers`);
        if (query !== '\\033[6n') answers.push([count, query, answer]);
      }
    }
    const of = (count) => answers.filter(([viewers]) => viewers === count).map(([, query, answer]) => [query, answer]);
    assert.deepEqual([of(1), of(3)], [of(0), of(0)]);
  }));

spec('odd frames are answered or ignored, never fatal', () =>
  with_terminal({ command: ['/bin/cat'] }, async ({ s, id, open }) => {
    const viewer = await open({});
    await hello(viewer);
    for (const frame of ['', 'no json', '[]', '"x"', '{}', '{"type":7}', '{"type":"nothing"}', '{"type":"resize","cols":{}}', Buffer.alloc(0), Buffer.from([9, 9]), Buffer.from([1, 0]), Buffer.from([2, 255, 255, 255, 255, 255, 255, 255, 255])]) viewer.ws.send(frame);
    viewer.type(1, 'alive\r');
    await viewer.shows(/alive\r\nalive/);
    assert.ok(viewer.frames.some((frame) => frame.type === 'error' && frame.error.code === 'protocol'));
    assert.equal((await s.get(id)).alive, true);
  }));

spec('the end of the program and of the terminal are told', async () => {
  const s = await main_server();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'read x; exit 5'] });
  const viewer = await Viewer.open(s.tcp, id, {});
  await hello(viewer);
  viewer.type(1, 'go\r');
  assert.deepEqual(await viewer.next((frame) => frame.type === 'exit', 'the exit'), { type: 'exit', code: 5, signal: null });
  viewer.type(2, 'late\r');
  assert.equal((await viewer.next((frame) => frame.type === 'input_refused', 'the refusal')).code, 'gone');
  await s.close(id);
  await viewer.next((frame) => frame.type === 'closed', 'closed');
  assert.equal((await viewer.until_closed()).code, 1000);
  const none = await Viewer.open(s.tcp, 'nowhere', {});
  assert.equal((await none.until_closed()).code, 4404);
});
