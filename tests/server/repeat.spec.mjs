// Calls sent again after a lost socket, and texts and lists that say a thing once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server, start } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

const owner = { 'X-Duotty': '1' };
const lines = (file) => { try { return readFileSync(file, 'utf8'); } catch { return ''; } };

/** A server with a shell, a file that commands of the test write to, and sockets to it. */
async function with_shell(body) {
  const s = await main_server();
  const { id } = await s.shell({});
  const file = join(s.home, `written-${id}`);
  const gate = join(s.home, `gate-${id}`);
  const sockets = [];
  const open = async (path = '/ws/agent', headers = owner) => {
    const rpc = await Rpc.open(s.tcp, path, headers);
    sockets.push(rpc);
    return rpc;
  };
  // The command ends when the test says so.
  const command = `echo x >> ${file}; until test -e ${gate}; do sleep 0.05; done; echo over`;
  const release = () => s.exec(other.id, `touch ${gate}`);
  const other = await s.shell({});
  try {
    await body({ s, id, file, open, release, request: { id: 'call-1', method: 'terminal.exec', params: { terminal_id: id, command, timeout: 40 } } });
  } finally {
    for (const rpc of sockets) await rpc.close();
    for (const one of [id, other.id]) await s.close(one).catch(() => undefined);
  }
}

const written = (file, count) => until(() => lines(file).length === 2 * count, `${count} runs`);

spec('a call repeated after its socket was lost is not run twice', () =>
  with_shell(async ({ file, open, request, release }) => {
    const first = await open();
    first.send(request);
    await written(file, 1);
    await first.close();
    const second = await open();
    second.send(request);
    // Lost once more: the call goes on.
    second.send({ id: 'other', method: 'server.health', params: {} });
    await second.answer('other');
    await second.close();
    const third = await open();
    third.send(request);
    await release();
    const answer = await third.answer('call-1');
    assert.deepEqual([answer.type, answer.data.stdout, answer.data.exit_code], ['result', 'over\n', 0]);
    assert.equal(lines(file), 'x\n');
    // It was answered: from now on the same words are another call.
    third.frames.length = 0;
    third.send(request);
    assert.equal((await third.answer('call-1')).data.stdout, 'over\n');
    assert.equal(lines(file), 'x\nx\n');
  }));

spec('the result of a call whose client is away is kept for it', () =>
  with_shell(async ({ s, id, file, open, request, release }) => {
    const first = await open();
    first.send(request);
    await written(file, 1);
    await first.close();
    await release();
    await s.at_prompt(id);
    const second = await open();
    second.send(request);
    assert.equal((await second.answer('call-1')).data.stdout, 'over\n');
    assert.equal(lines(file), 'x\n');
  }));

spec('only the same call of the same caller is a repeat, and a closed socket leaves none', () =>
  with_shell(async ({ s, id, file, open, request, release }) => {
    const first = await open();
    first.send(request);
    await written(file, 1);
    await first.close();
    const token = await s.token(`repeat-${id}`, ['read', 'exec', 'type']);
    const stranger = await open(`/ws/agent?token=${token}`, {});
    stranger.send({ ...request, params: { ...request.params, timeout: 0.3 } });
    assert.equal((await stranger.answer('call-1')).error.name, 'busy');
    const own = await open();
    own.send({ ...request, id: 'call-2', params: { ...request.params, timeout: 0.3 } });
    assert.equal((await own.answer('call-2')).error.name, 'busy');
    own.send({ ...request, id: 7, params: { ...request.params, timeout: 0.3 } });
    assert.equal((await own.next((frame) => String(frame.id) === '7', 'the answer to 7')).error.name, 'busy');
    await release();
    await s.at_prompt(id);
    const closing = await open();
    closing.send({ ...request, id: 'call-3' });
    await written(file, 2);
    closing.ws.close(1000);
    await closing.until_closed();
    const last = await open();
    last.send({ ...request, id: 'call-3' });
    assert.equal((await last.answer('call-3')).type, 'result');
    await written(file, 3);
  }));

spec('a cancelled call and a revoked token leave nothing behind', () =>
  with_shell(async ({ s, id, file, open, request, release }) => {
    const first = await open();
    first.send(request);
    await written(file, 1);
    first.send({ type: 'cancel', id: 'call-1' });
    assert.equal((await first.answer('call-1')).type, 'cancelled');
    await first.close();
    await release();
    await s.at_prompt(id);
    const second = await open();
    second.send(request);
    assert.equal((await second.answer('call-1')).type, 'result');
    await written(file, 2);
    const name = `revoked-${id}`;
    const token = await s.token(name, ['read', 'exec', 'type']);
    const theirs = await open(`/ws/agent?token=${token}`, {});
    theirs.send({ id: 'r', method: 'terminal.wait', params: { terminal_id: id, exit: true, timeout: 30 } });
    await s.api('DELETE', `/api/tokens/${name}`);
    await theirs.until_closed();
    assert.equal((await s.get(id)).alive, true);
  }));

spec('a snapshot shows a redrawn command line once, as the screen does', () =>
  with_shell(async ({ s, id }) => {
    await s.exec(id, 'true; echo shown');
    const text = async () => (await ask(s.unix, { path: `/api/agent/terminals/${id}/snapshot` })).json.output;
    const shown = (value) => value.replace(/[ \n]+$/gm, '');
    const screen = async () => shown((await s.screen(id)).join('\n'));
    await until(async () => shown(await text()) === (await screen()), 'the text of the screen');
    assert.equal((await text()).split('true; echo shown').length, 2);
    const stream = await EventStream.open(s.tcp, { path: `/api/agent/terminals/${id}/stream?since=0`, headers: { Authorization: `Bearer ${await s.handshake_token()}` } });
    await stream.next((item) => item.event === 'output', 'the output');
    assert.equal(stream.items.map((item) => item.json.text ?? '').join('').split('true; echo shown').length, 2);
    stream.close();
    await s.input(id, { data: 'half a line', enter: false });
    await until(async () => (await text()).includes('half a line'), 'the half line');  // the terminal drops what is unread
    await s.input(id, { data: '\x03', enter: false });
    await until(async () => (await text()).includes('half a line^C'), 'the interrupt');
    await until(async () => shown(await text()) === (await screen()), 'the text of the screen after the interrupt');
  }));

spec('output alone changes nothing in the list of terminals', async () => {
  const s = await start();
  const { id } = await s.create({ command: ['/bin/sh', '-c', 'read go; seq 1 200000; echo the end; read go; printf "\\033]2;a title\\a"; cat'] });
  const live = await EventStream.open(s.tcp, { path: '/api/sessions/stream', headers: owner });
  await live.next((item) => item.event === 'snapshot', 'the list');
  const updates = () => live.items.filter((item) => item.event === 'session_updated');
  await s.input(id, { data: 'go' });
  await until(async () => (await s.screen(id)).some((line) => line.includes('the end')), 'the end of the output');
  await s.input(id, { data: 'go' });
  await live.next((item) => item.event === 'session_updated' && item.json.session.title === 'a title', 'the title');
  assert.equal(updates().length, 1);
  live.close();
  await s.stop();
});
