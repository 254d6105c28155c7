// Who may do what as a viewer, who is there, and whose size rules while viewers come and go.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const scopes = { viewer: ['read'], typist: ['read', 'type'], agent: ['read', 'type', 'exec'], owner: ['read', 'type', 'exec', 'admin'] };
const roles = Object.keys(scopes);

async function with_terminal(body) {
  const s = await main_server();
  const { id } = await s.create({ cols: 80, rows: 24, command: ['/bin/cat'] });
  const viewers = [];
  const tokens = new Map();
  const token = async (role) => {
    if (!tokens.has(role)) tokens.set(role, await s.token(`${role}-${id}`, scopes[role]));
    return tokens.get(role);
  };
  /** A viewer with a token of that role, or with the rights of the server's own user. */
  const open = async (role, options = {}) => {
    const headers = role ? { Authorization: `Bearer ${await token(role)}` } : undefined;
    const viewer = await Viewer.open(s.tcp, id, { headers, ...options });
    viewers.push(viewer);
    await viewer.next((frame) => frame.type === 'hello', 'hello');
    return viewer;
  };
  const size = (cols, rows, why) => until(async () => { const info = await s.get(id); return info.cols === cols && info.rows === rows; }, `${cols} by ${rows}: ${why}`);
  try {
    await body({ s, id, open, token, size });
    viewers.forEach((viewer) => viewer.sound());
  } finally {
    for (const viewer of viewers) await viewer.close();
    await s.close(id).catch(() => undefined);
  }
}

/** Everything that was sent before it has been dealt with when it answers. */
async function settled(viewer) {
  viewer.frames = viewer.frames.filter((frame) => frame.type !== 'pong');
  viewer.send({ type: 'ping' });
  await viewer.next((frame) => frame.type === 'pong', 'pong');
}

const text_frames = [
  ['viewer', { type: 'ping' }],
  ['viewer', { type: 'pong' }],
  ['viewer', { type: 'visible', visible: true }],
  ['typist', { type: 'resize', cols: 90, rows: 30 }],
  ['typist', { type: 'ask_cancel' }],
  ['typist', { type: 'prefill' }],
  ['typist', { type: 'release_input' }],
  ['agent', { type: 'size_policy', policy: 'active' }],
  ['owner', { type: 'control', take: false }],
];

spec('every frame of every role is checked', () =>
  with_terminal(async ({ s, id, open }) => {
    for (const role of roles) {
      const viewer = await open(role);
      assert.equal(viewer.role, role);
      for (const [least, frame] of text_frames) {
        viewer.frames.length = 0;
        // What settles it is a ping as well: the answer to another one would be taken for its own.
        if (frame.type !== 'ping') viewer.send(frame);
        await settled(viewer);
        const denied = viewer.frames.some((one) => one.type === 'error' && one.error.code === 'denied');
        assert.equal(denied, roles.indexOf(role) < roles.indexOf(least), `${frame.type} by ${role}`);
      }
      viewer.frames.length = 0;
      viewer.type(1, `by ${role}`);
      await viewer.next((one) => ['input_ack', 'input_refused'].includes(one.type), 'what became of the key');
      const refused = viewer.frames.find((one) => one.type === 'input_refused');
      if (role === 'viewer') assert.equal(refused.code, 'denied');
      // The typist has just typed: the agent has to wait.
      else if (role === 'agent') assert.equal(refused?.code ?? 'busy_user', 'busy_user');
      else assert.equal(refused, undefined);
      await viewer.close();
    }
    // A key is acknowledged when the PTY has it; its echo comes when the PTY sees fit.
    await until(async () => /by typist.*by owner/.test((await s.screen(id)).join('\n')), 'the keys of those who may type');
  }));

spec('a role that is asked for is a limit, never a gain', () =>
  with_terminal(async ({ open }) => {
    for (const [i, wanted] of roles.entries()) {
      assert.equal((await open(undefined, { role: wanted })).role, wanted);
      assert.equal((await open('typist', { role: wanted })).role, roles[Math.min(i, 1)]);
    }
  }));

spec('the keys of an agent wait while a person has control', () =>
  with_terminal(async ({ open }) => {
    const person = await open('owner');
    const agent = await open('agent');
    person.send({ type: 'control', take: true });
    await agent.next((frame) => frame.type === 'control' && frame.held_by === person.id, 'control');
    agent.type(1, 'no');
    const refusal = await agent.next((frame) => frame.type === 'input_refused', 'the refusal');
    assert.deepEqual([refusal.code, /control/.test(refusal.message)], ['busy_user', true]);
    const lesser = await open('agent', { role: 'typist' });
    assert.equal(lesser.role, 'typist');
    lesser.type(1, 'no');
    assert.equal((await lesser.next((frame) => frame.type === 'input_refused', 'the same refusal')).code, 'busy_user');
    agent.send({ type: 'prefill' });
    const kept = await agent.next((frame) => frame.type === 'error', 'the refusal of the suggestion');
    assert.equal(kept.error.code, 'busy_user');
    agent.send({ type: 'control', take: true });
    await agent.next((frame) => frame.type === 'error' && frame.error.code === 'denied', 'the refusal of control');
    person.send({ type: 'control', take: false });
    await agent.next((frame) => frame.type === 'control' && frame.held_by === null, 'the release');
    agent.type(2, 'yes');
    await agent.next((frame) => frame.type === 'input_ack' && frame.sequence === 2, 'the key');
  }));

spec('viewers are listed, and one can be sent away', () =>
  with_terminal(async ({ s, id, open, token }) => {
    const first = await open('owner', { name: 'alice', cols: 90, rows: 30 });
    const second = await open('typist', { name: 'bob' });
    first.type(1, 'x');
    await first.next((frame) => frame.type === 'input_ack', 'the key');
    first.send({ type: 'control', take: true });
    second.send({ type: 'visible', visible: false });
    await Promise.all([settled(first), settled(second)]);
    const list = async () => (await s.api('GET', `/api/agent/terminals/${id}/viewers`)).viewers;
    const times = ({ attached_at, last_activity_at }) => Date.parse(attached_at) <= Date.parse(last_activity_at);
    const all = await list();
    assert.ok(all.every(times));
    assert.deepEqual(all.map(({ attached_at: _1, last_activity_at: _2, ...rest }) => rest), [
      { id: first.id, name: 'alice', kind: 'browser', role: 'owner', cols: 90, rows: 30, visible: true, active: true, in_control: true },
      { id: second.id, name: 'bob', kind: 'browser', role: 'typist', cols: null, rows: null, visible: false, active: false, in_control: false },
    ]);
    const kick = async (role, viewer) => {
      const headers = { Authorization: `Bearer ${await token(role)}` };
      return ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/kick`, headers, body: { viewer } });
    };
    for (const role of ['viewer', 'typist', 'agent']) assert.equal((await kick(role, second.id)).status, 403, role);
    assert.equal((await kick('owner', 'nobody')).code, 'not_found');
    assert.equal((await kick('owner', second.id)).status, 200);
    assert.deepEqual(await second.until_closed(), { code: 4403, reason: 'removed' });
    await until(async () => (await list()).length === 1, 'one viewer');
    // One that does not read is gone as well.
    const deaf = await open('typist');
    deaf.ws.pause();
    await kick('owner', deaf.id);
    await until(async () => (await list()).length === 1, 'the end of the viewer that does not read');
  }));

spec('the size follows those who are there and may decide', () =>
  with_terminal(async ({ s, id, open, size }) => {
    const watcher = await open('viewer', { cols: 30, rows: 10 });
    await settled(watcher);
    const first = await open('owner', { cols: 120, rows: 40 });
    await size(120, 40, 'the only window that counts');
    const second = await open('typist', { cols: 100, rows: 50 });
    await settled(second);
    await size(120, 40, 'nobody has typed yet');
    second.type(1, 'a');
    await size(100, 50, 'the second one typed');
    second.send({ type: 'visible', visible: false });
    await size(120, 40, 'it is hidden');
    second.send({ type: 'visible', visible: true });
    await size(100, 50, 'it is shown again');
    first.send({ type: 'size_policy', policy: 'smallest' });
    await size(100, 40, 'the smallest of both');
    await watcher.next((frame) => frame.type === 'size_policy' && frame.policy === 'smallest', 'the policy');
    const third = await open('typist', { cols: 70, rows: 20 });
    await size(70, 20, 'a smaller one has come');
    await third.close();
    await size(100, 40, 'it has left');
    await s.api('PATCH', `/api/agent/terminals/${id}`, { size_policy: 'largest' });
    await size(120, 50, 'the largest of both');
    await second.close();
    await size(120, 40, 'the taller one has left');
    await s.api('PATCH', `/api/agent/terminals/${id}`, { size_policy: 'active' });
    await first.close();
    await settled(watcher);
    await size(120, 40, 'only the watcher is left, and it does not count');
  }));

spec('sizes stand in their place in the stream', () =>
  with_terminal(async ({ s, id, open, size }) => {
    const viewer = await open('owner', { cols: 80, rows: 24, ack: false });
    await viewer.next_state(() => viewer.snapshots.length === 1, 'a snapshot');
    viewer.send({ type: 'visible', visible: false });
    await settled(viewer);
    const before = (await s.get(id)).size;
    await s.input(id, { data: 'before', wait: true, idle: 0.1 });
    const between = (await s.get(id)).size;
    await s.api('POST', `/api/agent/terminals/${id}/resize`, { cols: 50, rows: 12 });
    await size(50, 12, 'by request');
    await s.input(id, { data: 'after', wait: true, idle: 0.1 });
    const marks = [];
    const note = viewer.note.bind(viewer);
    viewer.note = (frame) => {
      if (frame.type === 'size') marks.push(['size', frame.cols, viewer.position]);
      note(frame);
    };
    viewer.send({ type: 'resize', cols: 50, rows: 12 });
    viewer.send({ type: 'visible', visible: true });
    await viewer.shows(/after/);
    assert.ok(before < between);
    assert.deepEqual(marks.filter(([, cols]) => cols === 50), [['size', 50, between]]);
  }));
