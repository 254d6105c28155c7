// Waiting: for one terminal, for the first of many, for a screen to settle.
import assert from 'node:assert/strict';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

const path = (id, what) => `/api/agent/terminals/${id}/${what}`;
const cat = (s, options = {}) => s.create({ command: ['/bin/cat'], ...options });

/** Calls on one socket, which the server takes up in their order: the wait stands before what it waits for happens. */
async function in_order(s, waiting, input) {
  const rpc = await Rpc.open(s.tcp, '/ws/agent', { 'X-Duotty': '1' });
  rpc.send({ id: 'wait', ...waiting });
  rpc.send({ id: 'input', method: 'terminal.input', params: input });
  const { type, data } = await rpc.answer('wait');
  assert.equal(type, 'result', JSON.stringify(data));
  await rpc.close();
  return data;
}

spec('wait_any: the first terminal of a list, and of a tag', async () => {
  const s = await main_server();
  const terminals = await Promise.all([cat(s, { tags: ['herd'] }), cat(s, { tags: ['herd'] }), cat(s)]);
  const [one, two, other] = terminals.map(({ id }) => id);
  await s.input(other, { data: 'ready' });
  const list = { method: 'wait_any', params: { terminal_ids: [one, two], pattern: '^ready$', max_wait_ms: 30_000 } };
  const first = await in_order(s, list, { terminal_id: two, data: 'ready' });
  assert.deepEqual([first.terminal_id, first.reason, first.match], [two, 'pattern', 'ready']);
  const tag = { method: 'wait_any', params: { tag: 'herd', exit: true, max_wait_ms: 30_000 } };
  const ended = await in_order(s, tag, { terminal_id: one, keys: ['ctrl+d'], enter: false });
  assert.deepEqual([ended.terminal_id, ended.reason, ended.exit_code, ended.alive], [one, 'exit', 0, false]);
  const late = await s.api('POST', '/api/agent/wait_any', { terminal_ids: [two], pattern: 'never', max_wait_ms: 20 });
  assert.deepEqual([late.terminal_id, late.reason], [two, 'timeout']);
  for (const id of [one, two, other]) await s.close(id);
});

spec('wait_any: output since an offset counts, and fresh or a generation waits for news', async () => {
  const s = await main_server();
  const [one, two] = (await Promise.all([cat(s, { name: 'any-one' }), cat(s)])).map(({ id }) => id);
  const { size } = await s.api('GET', path(two, 'snapshot'));
  await s.input(one, { data: 'ready', wait: true });
  await s.input(two, { data: 'ready', wait: true });
  const any = (params) => s.api('POST', '/api/agent/wait_any', { terminal_ids: ['any-one', two], max_wait_ms: 50, ...params });
  assert.equal((await any({ pattern: '^ready$' })).reason, 'timeout', 'what was there before is not new');
  const past = await any({ pattern: '^ready$', since: { [two]: size } });
  assert.deepEqual([past.terminal_id, past.reason, past.match], [two, 'pattern', 'ready']);
  const named = await any({ pattern: '^ready$', since: { 'any-one': 0 } });
  assert.deepEqual([named.terminal_id, named.reason], [one, 'pattern']);
  assert.equal((await any({ idle_ms: 1 })).reason, 'idle');
  assert.equal((await any({ idle_ms: 1, fresh: true })).reason, 'timeout');
  const generation = async (id) => (await s.api('GET', path(id, 'screen'))).generation;
  const last_generation = { [one]: await generation(one), [two]: await generation(two) };
  assert.equal((await any({ idle_ms: 1, last_generation })).reason, 'timeout');
  const news = { method: 'wait_any', params: { terminal_ids: [one, two], idle_ms: 20, last_generation, max_wait_ms: 30_000 } };
  const first = await in_order(s, news, { terminal_id: two, data: 'news' });
  assert.deepEqual([first.terminal_id, first.reason], [two, 'idle']);
  const refused = await ask(s.unix, { method: 'POST', path: '/api/agent/wait_any', body: { terminal_ids: [one], idle_ms: 1, since: { [two]: 0 } } });
  assert.deepEqual([refused.code, refused.json.error.field], ['invalid_params', 'since']);
  for (const id of [one, two]) await s.close(id);
});

spec('idle: answers with the settled screen, and after a generation only with news', async () => {
  const s = await main_server();
  const { id } = await cat(s, { cols: 30, rows: 4 });
  await s.input(id, { data: 'hello', wait: true });
  const now = await s.api('GET', path(id, 'idle?idle_ms=50'));
  assert.deepEqual([now.reason, now.screen.lines.slice(0, 2)], ['idle', ['hello', 'hello']]);
  const nothing = await s.api('GET', path(id, `idle?idle_ms=10&last_generation=${now.generation}&max_wait_ms=100`));
  assert.deepEqual([nothing.reason, nothing.generation], ['timeout', now.generation]);
  for (const more of [{ last_generation: now.generation }, { fresh: true }]) {
    const news = { method: 'terminal.idle', params: { terminal_id: id, idle_ms: 50, format: 'styled', ...more } };
    const answer = await in_order(s, news, { terminal_id: id, data: 'news' });
    assert.equal(answer.reason, 'idle');
    assert.ok(answer.screen.styled.some(({ text }) => text === 'news'));
    assert.ok(answer.generation > now.generation);
  }
  await s.close(id);
});

spec('wait: fresh ignores what was already there', async () => {
  const s = await main_server();
  const { id } = await cat(s);
  await s.input(id, { data: 'before', wait: true });
  const stale = await s.api('POST', path(id, 'wait'), { idle_ms: 10, fresh: true, max_wait_ms: 100 });
  assert.equal(stale.reason, 'timeout');
  await s.close(id);
});
