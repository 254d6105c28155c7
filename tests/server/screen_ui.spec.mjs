// Overlays and panels for every viewer, panels that take rows from the program, and keys that go to whoever asked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server, start } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const of = (id) => `/api/agent/terminals/${id}`;
const cat = (s, options = {}) => s.create({ command: ['/bin/cat'], cols: 80, rows: 24, ...options });
const way_out = '\x1c';

/** A terminal with somebody who watches it. */
async function with_viewer(body, { server, command = ['/bin/cat'], headers } = {}) {
  const s = server ?? (await main_server());
  const { id } = await cat(s, { command });
  const viewer = await Viewer.open(s.tcp, id, { cols: 80, rows: 24, headers });
  await viewer.next((frame) => frame.type === 'hello', 'hello');
  let sequence = 0;
  const last_ui = () => viewer.frames.filter((frame) => frame.type === 'ui').at(-1);
  const ui = (condition, what) => viewer.next_state(() => last_ui() !== undefined && condition(last_ui()), what).then(last_ui);
  const type = (text) => viewer.type((sequence += 1), text);
  const api = (method, path, params) => s.api(method, `${of(id)}/${path}`, params);
  try {
    await body({ s, id, viewer, ui, type, api });
    viewer.sound();
  } finally {
    await viewer.close();
    await s.close(id).catch(() => undefined);
  }
}

const text_of = (element) => element.rows.map((row) => row.map((run) => run.text).join('|'));
const refused = async (s, id, path, params, method = 'POST') => (await ask(s.unix, { method, path: `${of(id)}/${path}`, body: params })).json.error;

spec('an overlay is drawn, changed and removed for everybody who watches, also for who comes later', () =>
  with_viewer(async ({ s, id, ui, api }) => {
    const made = await api('POST', 'overlays', { id: 'note', x: -12, y: 1, background: 'blue', spans: [{ text: 'Status ' }, { id: 'state', text: '日本', fg: '#FF8000', bold: true }] });
    assert.deepEqual([made.width, made.height, made.visible, made.by], [11, 1, true, 'human']);
    const drawn = (await ui((frame) => frame.elements.length === 1, 'the overlay')).elements[0];
    assert.deepEqual([drawn.left, drawn.top, drawn.width, drawn.background], [68, 1, 11, '4']);
    assert.deepEqual(text_of(drawn), ['Status |日|本']);
    assert.deepEqual(drawn.rows[0][1], { col: 7, cells: 2, text: '日', fg: '#ff8000', bg: '4', attributes: ['bold'] });
    await api('POST', 'overlays/note/spans', { spans: [{ id: 'state', text: 'ok' }] });
    await ui((frame) => text_of(frame.elements[0])[0] === 'Status ok', 'another span');
    await api('POST', 'overlays/note/write', { writes: [{ row: 0, col: 0, text: 'X', fg: 1 }] });
    await ui((frame) => text_of(frame.elements[0])[0] === 'X|tatus ok', 'a written place');
    await api('PATCH', 'overlays/note', { x: 3, y: 4 });
    await ui((frame) => frame.elements[0].left === 3 && frame.elements[0].top === 4, 'another place');
    const late = await Viewer.open(s.tcp, id, {});
    assert.deepEqual(text_of((await late.next((frame) => frame.type === 'ui', 'what stands already')).elements[0]), ['X|tatus ok']);
    await late.close();
    assert.equal((await api('GET', 'overlays')).elements.length, 1);
    assert.deepEqual((await api('GET', 'overlays/note')).spans, [{ text: 'Status ' }, { id: 'state', text: 'ok' }]);
    assert.equal((await s.screen(id)).join('').trim(), '', 'the program notices nothing');
    await api('DELETE', 'overlays/note');
    await ui((frame) => frame.elements.length === 0, 'nothing again');
    assert.equal((await refused(s, id, 'overlays/note', undefined, 'DELETE')).code, 'not_found');
  }));

spec('panels take rows from the program and give them back; those without room are hidden', () =>
  with_viewer(async ({ s, id, viewer, ui, api }) => {
    const rows = async (count) => until(async () => (await s.get(id)).rows === count, `${count} rows`);
    await rows(24);
    await api('POST', 'panels', { id: 'bar', position: 'top', height: 2, spans: [{ text: 'one\ntwo' }] });
    await rows(22);
    const frame = await ui((one) => one.top === 2, 'the panel');
    assert.deepEqual([frame.bottom, frame.elements[0].width, text_of(frame.elements[0])], [0, 80, ['one', 'two']]);
    await viewer.next((one) => one.type === 'size' && one.rows === 22, 'the smaller size');
    await api('POST', 'panels', { id: 'foot', z: 5 });
    await rows(21);
    const large = await api('POST', 'panels', { id: 'large', height: 20, z: -1 });
    assert.equal(large.visible, false);
    await rows(21);
    // A smaller window: the highest stay.
    viewer.send({ type: 'resize', cols: 60, rows: 5 });
    await rows(4);
    assert.deepEqual((await api('GET', 'panels')).elements.map((one) => [one.id, one.visible, one.width]), [['bar', false, 60], ['foot', true, 60], ['large', false, 60]]);
    viewer.send({ type: 'resize', cols: 80, rows: 30 });
    await rows(7); // now the large one fits as well
    await s.api('POST', `${of(id)}/resize`, { cols: 90, rows: 40 });
    await rows(17);
    assert.equal((await api('DELETE', 'panels')).removed, 3);
    await rows(40);
    await ui((one) => one.top + one.bottom === 0, 'no panels');
  }));

spec('several changes are made together or not at all', () =>
  with_viewer(async ({ s, id, api }) => {
    const state = await api('POST', 'screen_ui', { operations: [
      { op: 'panel.create', id: 'bar', spans: [{ id: 'step', text: '1' }] },
      { op: 'overlay.create', spans: [{ text: 'note' }] },
      { op: 'panel.spans', id: 'bar', spans: [{ id: 'step', text: '2' }] },
    ] });
    assert.deepEqual(state.results, [{ id: 'bar' }, { id: 'o1' }, { id: 'bar' }]);
    assert.deepEqual([state.rows, state.bottom_rows, state.elements.length], [23, 1, 2]);
    const error = await refused(s, id, 'screen_ui', { operations: [{ op: 'overlay.clear' }, { op: 'overlay.update', id: 'nothing', x: 1 }] });
    assert.deepEqual([error.code, error.field], ['not_found', 'operations[1].id']);
    assert.equal((await api('GET', 'overlays')).elements.length, 1, 'the first operation is taken back');
    const wrong = await refused(s, id, 'overlays/batch', { operations: [{ op: 'create', spans: [{ text: 'x', fg: 'mauve' }] }] });
    assert.deepEqual([wrong.code, wrong.field], ['invalid_params', 'operations[0].fg']);
    assert.equal((await refused(s, id, 'screen_ui', { operations: [{ op: 'overlay.create', heigth: 2 }] })).field, 'operations[0].heigth');
    assert.deepEqual((await api('POST', 'screen_ui', { operations: [] })).results, []);
  }));

spec('the alternate screen mode hides the others and takes its own along', () =>
  with_viewer(async ({ s, id, ui, api }) => {
    await api('POST', 'panels', { id: 'kept', height: 2 });
    assert.deepEqual(await api('POST', 'screen_mode/enter_alt'), { mode: 'alt' });
    await ui((frame) => frame.mode === 'alt' && frame.elements.length === 0, 'an empty screen');
    await until(async () => (await s.get(id)).rows === 24, 'all rows');
    await api('POST', 'overlays', { id: 'menu', spans: [{ text: 'menu' }] });
    assert.equal((await refused(s, id, 'screen_mode/enter_alt')).code, 'conflict');
    assert.deepEqual(await api('POST', 'screen_mode/exit_alt'), { mode: 'normal' });
    const frame = await ui((one) => one.mode === 'normal' && one.elements.length === 1, 'what was there');
    assert.equal(frame.elements[0].id, 'kept');
    await until(async () => (await s.get(id)).rows === 22, 'the panel again');
    assert.equal((await refused(s, id, 'overlays/menu', undefined, 'GET')).code, 'not_found');
  }));

spec('what wsh documents works in our methods: an alert in a status bar, a menu of an agent, the focus', () =>
  with_viewer(async ({ s, id, ui, api }) => {
    const made = await api('POST', 'overlays', { x: 60, y: 0, z: 100, width: 20, height: 1, background: 'blue', focusable: true, spans: [
      { id: 'prefix', text: ' Agent: ', bold: true }, { id: 'status', text: 'watching ' }, { id: 'icon', text: '✓', fg: 'green' },
    ] });
    await api('POST', `overlays/${made.id}/spans`, { spans: [{ id: 'status', text: 'action ' }, { id: 'icon', text: '✗', fg: { r: 255, g: 128, b: 0 } }] });
    await api('POST', `overlays/${made.id}/write`, { writes: [{ row: 0, col: 18, text: '!', fg: 'red', bold: true }] });
    const bar = (await ui((frame) => frame.elements[0]?.rows[0].some((run) => run.text === '!'), 'the alert')).elements[0];
    assert.deepEqual([bar.left, bar.top, bar.width], [60, 0, 20]);
    assert.deepEqual(bar.rows[0].map((run) => [run.col, run.text]), [[0, ' Agent: '], [8, 'action '], [15, '✗'], [18, '!']]);
    assert.equal(bar.rows[0][2].fg, '#ff8000');

    assert.equal((await api('POST', 'input/focus', { id: made.id })).focus, made.id);
    await ui((frame) => frame.elements[0].focused === true, 'the focus');
    assert.deepEqual([(await api('GET', 'input/mode')).mode, (await api('GET', 'input/mode')).focus], ['passthrough', made.id]);
    await api('POST', 'input/unfocus');
    assert.equal((await api('GET', 'input/mode')).focus, null);
    await api('POST', 'input/focus', { id: made.id });
    await api('DELETE', `overlays/${made.id}`);
    assert.equal((await api('GET', 'input/mode')).focus, null, 'it goes with its element');

    await api('POST', 'screen_mode/enter_alt');
    assert.deepEqual(await api('GET', 'screen_mode'), { mode: 'alt' });
    const panel = await api('POST', 'panels', { position: 'top', height: 1, background: 'blue', spans: [{ text: ' Agent Menu ' }] });
    assert.equal((await refused(s, id, 'input/focus', { id: panel.id })).code, 'invalid_params', 'it is not focusable');
    await api('PATCH', `panels/${panel.id}`, { height: 3, spans: [{ text: 'one\ntwo\nthree' }] });
    await api('POST', `panels/${panel.id}/write`, { writes: [{ row: 2, col: 6, text: '####' }] });
    const menu = (await ui((frame) => frame.top === 3 && frame.elements[0].rows[2].length > 1, 'three rows')).elements[0];
    assert.deepEqual(text_of(menu).slice(0, 2), ['one', 'two']);
    await api('POST', 'screen_mode/exit_alt');
    await ui((frame) => frame.elements.length === 0 && frame.mode === 'normal', 'nothing again');
  }));

spec('elements go by themselves', () =>
  with_viewer(async ({ s, id, ui, api }) => {
    await api('POST', 'panels', { id: 'brief', ttl_seconds: 0.2 });
    await ui((frame) => frame.elements.length === 0 && frame.bottom === 0, 'the end of its time');
    await until(async () => (await s.get(id)).rows === 24, 'its row');
    const { events } = await s.api('GET', '/api/agent/events/recent?limit=50');
    assert.ok(events.some((event) => event.action === 'overlay_expired' && event.terminal_id === id && event.ids[0] === 'brief'));
  }));

spec('hostile text stays text', () =>
  with_viewer(async ({ ui, api }) => {
    await api('POST', 'overlays', { spans: [{ text: '\x1b[31m<img src=x>\u202e\r\n\x07\u0085end' }] });
    assert.deepEqual(text_of((await ui((frame) => frame.elements.length === 1, 'the overlay')).elements[0]), ['[31m<img src=x>', 'end']);
  }));

spec('captured keys go to the owner and nowhere else, until the stream ends', () =>
  with_viewer(async ({ s, id, viewer, ui, type, api }) => {
    await api('POST', 'overlays', { id: 'menu', focusable: true, spans: [{ text: 'menu' }] });
    const stream = await EventStream.open(s.unix, { method: 'POST', path: `${of(id)}/input/capture`, body: { focus: 'menu' } });
    await stream.next((item) => item.event === 'captured', 'the keyboard');
    const frame = await ui((one) => one.capture !== null, 'the sign');
    assert.equal(frame.capture.by, 'human');
    assert.equal(frame.elements[0].focused, true);
    assert.equal((await api('GET', 'input/mode')).mode, 'capture');
    type('y\x1b[A');
    const item = await stream.next((one) => one.event === 'input', 'the keys');
    const input = JSON.parse(item.data);
    assert.deepEqual([input.keys, input.text, input.focus, input.viewer], [['y', 'up'], 'y', 'menu', viewer.id]);
    assert.equal(Buffer.from(input.data_b64, 'base64').toString(), 'y\x1b[A');
    await viewer.next((one) => one.type === 'input_ack', 'that they have arrived');
    // What programs send goes on to the program.
    await s.input(id, { data: 'from a program' });
    await viewer.shows(/from a program/);
    assert.ok(!(await s.screen(id)).join('').includes('y\x1b'), 'the program got nothing');
    stream.call.destroy();
    await ui((one) => one.capture === null, 'the end of the sign');
    type('typed\r');
    await viewer.shows(/typed/);
    assert.doesNotMatch(viewer.text(), /\^\[\[A/);
    const { events } = await s.api('GET', '/api/agent/events/recent?limit=100');
    const logged = events.filter((event) => event.terminal_id === id && event.action.startsWith('input_'));
    assert.deepEqual(logged.map((event) => event.action), ['input_capture', 'input_release']);
    assert.doesNotMatch(JSON.stringify(logged), /up/, 'keys are never written down');
  }));

spec('the person gets the keyboard back: by the key, by the button, by taking control', () =>
  with_viewer(async ({ s, id, viewer, ui, type }) => {
    const agent = await s.token(`capturer-${id}`, ['read', 'type', 'exec']);
    const capture = () => EventStream.open(s.tcp, { method: 'POST', path: `${of(id)}/input/capture`, body: {}, headers: { Authorization: `Bearer ${agent}` } });
    const ends = async (how, act) => {
      const stream = await capture();
      await ui((one) => one.capture?.by === `agent:capturer-${id}`, `the sign before ${how}`);
      await act();
      assert.equal(JSON.parse((await stream.next((item) => item.event === 'released', `the end by ${how}`)).data).why, 'person');
      await ui((one) => one.capture === null, `no sign after ${how}`);
    };
    await ends('the key', () => (type(way_out), type(way_out)));
    await ends('the key in the kitty form', () => type('\x1b[92;5u\x1b[92;5u'));
    await ends('the button', () => viewer.send({ type: 'release_input' }));
    await ends('control', () => viewer.send({ type: 'control', take: true }));
    assert.equal((await ask(s.tcp, { method: 'POST', path: `${of(id)}/input/capture`, body: {}, headers: { Authorization: `Bearer ${agent}` } })).code, 'busy_user');
    viewer.send({ type: 'control', take: false });
    await viewer.next((frame) => frame.type === 'control' && frame.held_by === null, 'control given back');
    await ends('a person over the API', () => s.api('POST', `${of(id)}/input/release`, {}));
  }));

spec('one key and one line are asked for in one call', () =>
  with_viewer(async ({ s, id, viewer, ui, type, api }) => {
    await api('POST', 'panels', { id: 'form', focusable: true, spans: [{ text: 'Name: ' }, { id: 'name', text: '' }] });
    const key = api('POST', 'input/read', { keys: ['y', 'n'], max_wait_ms: 30_000 });
    await ui((one) => one.capture !== null, 'the first question');
    type('q');
    type('n');
    assert.deepEqual(await key, { status: 'answered', key: 'n', text: 'n', keys: ['q', 'n'] });
    await ui((one) => one.capture === null, 'the answer');
    const line = api('POST', 'input/read', { line: true, focus: 'form', span: 'name', max_wait_ms: 30_000 });
    await ui((one) => one.capture !== null, 'the second question');
    type('ab');
    await ui((one) => text_of(one.elements[0])[0] === 'Name: ab', 'what is typed');
    type('\x7fc\r');
    assert.deepEqual(await line, { status: 'answered', key: 'enter', text: 'ac', keys: [] });
    await ui((one) => one.capture === null, 'the end of that question');
    const secret = api('POST', 'input/read', { line: true, focus: 'form', span: 'name', mask: true, max_wait_ms: 30_000 });
    await ui((one) => one.capture !== null, 'the third question');
    type('pw');
    await ui((one) => text_of(one.elements[0])[0] === 'Name: ••', 'dots');
    type('\x1b');
    assert.equal((await secret).status, 'given_up');
    await ui((one) => one.capture === null, 'the end of that question');
    assert.equal((await api('POST', 'input/read', { max_wait_ms: 20 })).status, 'timeout');
    await ui((one) => one.capture === null, 'the end of that question');
    const taken = api('POST', 'input/read', { max_wait_ms: 30_000 });
    await ui((one) => one.capture !== null, 'the last question');
    type(way_out + way_out);
    assert.equal((await taken).status, 'taken_back');
    assert.equal((await refused(s, id, 'input/read', { line: true, span: 'name' })).field, 'span');
    assert.equal((await refused(s, id, 'input/read', { line: true, keys: ['a'] })).field, 'keys');
    assert.doesNotMatch(viewer.text(), /pw|ab/);
  }));

spec('captures stand on each other, and each ends with its own connection', () =>
  with_viewer(async ({ s, id, ui, type, api }) => {
    const one = await EventStream.open(s.unix, { method: 'POST', path: `${of(id)}/input/capture`, body: {} });
    await one.next((item) => item.event === 'captured', 'the first');
    const rpc = await Rpc.open(s.tcp, '/ws/agent', { 'X-Duotty': '1' });
    rpc.send({ id: 'c', method: 'input.capture', params: { terminal_id: id } });
    await until(async () => (await api('GET', 'input/mode')).depth === 2, 'the second');
    type('b');
    await rpc.next((frame) => JSON.stringify(frame).includes('"keys":["b"]'), 'a key for the newer one');
    await rpc.close();
    await until(async () => (await api('GET', 'input/mode')).depth === 1, 'the socket to be gone');
    type('a');
    assert.deepEqual(JSON.parse((await one.next((item) => item.event === 'input', 'a key for the older one')).data).keys, ['a']);
    one.call.destroy();
    await ui((frame) => frame.capture === null, 'nobody');
  }));

spec('a password is for the program that asks for it', () =>
  with_viewer(
    async ({ s, id, viewer, ui, type }) => {
      const stream = await EventStream.open(s.unix, { method: 'POST', path: `${of(id)}/input/capture`, body: {} });
      await ui((one) => one.capture !== null, 'the sign');
      await s.input(id, { data: 'go' });
      await viewer.shows(/Password:/);
      type('secret\r');
      assert.equal(JSON.parse((await stream.next((item) => item.event === 'released', 'the end')).data).why, 'password');
      await viewer.shows(/got 6/);
      assert.ok(!stream.items.some((item) => item.event === 'input'), 'no key of it was told');
    },
    { command: ['/bin/sh', '-c', 'read go; stty -echo; printf "Password: "; read word; stty echo; echo "got ${#word}"; cat'] },
  ));

spec('scopes: who only reads draws nothing, who only types captures nothing', () =>
  with_viewer(async ({ s, id, api }) => {
    await api('POST', 'overlays', { id: 'one', spans: [{ text: 'x' }] });
    const call = async (scopes, method, path, body) => {
      const token = await s.token(`ui-${scopes.join('-')}-${id}-${path.length}-${method}`, scopes);
      return (await ask(s.tcp, { method, path: `${of(id)}/${path}`, body, headers: { Authorization: `Bearer ${token}` } })).status;
    };
    assert.equal(await call(['read'], 'GET', 'overlays'), 200);
    assert.equal(await call(['read'], 'POST', 'overlays', {}), 403);
    assert.equal(await call(['read', 'type'], 'POST', 'panels', {}), 200);
    assert.equal(await call(['read', 'type'], 'POST', 'input/capture', {}), 403);
    assert.equal(await call(['read', 'type'], 'POST', 'input/read', {}), 403);
  }));

spec('overlays and panels survive the death of the worker, captures do not', async () => {
  const s = await start();
  const { id } = await cat(s);
  await s.api('POST', `${of(id)}/screen_ui`, { operations: [{ op: 'panel.create', id: 'bar', height: 2, spans: [{ text: 'bar' }] }, { op: 'overlay.create', id: 'note', x: 2, spans: [{ text: 'note' }] }] });
  const kept = join(s.home, 'duotty', 'state', 'terminals', id, 'ui');
  const written = () => { try { return readFileSync(kept, 'utf8').includes('"note"'); } catch { return false; } };
  await until(written, 'what is kept');
  const stream = await EventStream.open(s.unix, { method: 'POST', path: `${of(id)}/input/capture`, body: {} });
  await stream.next((item) => item.event === 'captured', 'the keyboard');
  await s.kill_worker();
  await s.back();
  const state = await s.api('POST', `${of(id)}/screen_ui`, { operations: [] });
  assert.deepEqual(state.elements.map((one) => [one.id, one.visible]), [['bar', true], ['note', true]]);
  assert.deepEqual([state.rows, state.bottom_rows, state.capture], [22, 2, null]);
  await s.api('DELETE', `${of(id)}/panels`);
  await until(async () => (await s.get(id)).rows === 24, 'all rows again');
  await s.api('DELETE', `${of(id)}/overlays`);
  await until(() => !written(), 'nothing to keep');
  await s.stop();
});
