// Long output is made text and reduced beside the loop: whoever asks for something else is answered first.
import assert from 'node:assert/strict';
import { main_server } from './support/daemon.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

/** The order in which calls on one connection are answered that were sent together. */
async function order_of(s, calls) {
  const rpc = await Rpc.open(s.unix, '/ws/agent', { 'X-Duotty': '1' });
  calls.forEach(({ method, params }, i) => rpc.send({ id: i + 1, method, params }));
  const ended = (frame) => frame.type === 'result' || frame.type === 'error';
  for (let i = 1; i <= calls.length; i += 1) await rpc.next((frame) => ended(frame) && String(frame.id) === String(i), `the answer to ${calls[i - 1].method}`);
  rpc.ws.close();
  const answers = rpc.frames.filter(ended);
  for (const answer of answers) assert.equal(answer.type, 'result', JSON.stringify(answer).slice(0, 300));
  return { order: answers.map(({ id }) => Number(id)), answers };
}

const long_ones = [
  { name: 'terminal.read of a command', method: 'terminal.read', params: { mode: 'block' } },
  { name: 'terminal.output with a pattern', method: 'terminal.output', params: { pattern: '9+8$' } },
  { name: 'terminal.snapshot', method: 'terminal.snapshot', params: { pattern: '9+8$' } },
];

spec('long output: others are answered while it is read', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const result = await s.exec(id, 'seq 200000', { timeout: 120 });
  assert.deepEqual([result.status, result.exit_code, result.truncated], ['completed', 0, false]);
  assert.equal(result.stdout, Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`).join(''));
  for (const { name, method, params } of long_ones) {
    const { order } = await order_of(s, [{ method, params: { terminal_id: id, ...params } }, { method: 'terminal.get', params: { terminal_id: id } }]);
    assert.deepEqual(order, [2, 1], name);
  }
  await s.close(id);
});

spec('long output: others are answered while a job that runs is looked at', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const job = await s.exec(id, 'seq 300000; read -r _', { background_after: 0, timeout: 120 });
  assert.equal(job.reason, 'background');
  const waited = await s.api('POST', `/api/agent/terminals/${id}/wait`, { pattern: '^300000$', since: 0, max_wait_ms: 60_000 });
  assert.equal(waited.reason, 'pattern');
  const { order, answers } = await order_of(s, [{ method: 'job.get', params: { job_id: job.job_id } }, { method: 'terminal.get', params: { terminal_id: id } }]);
  assert.deepEqual(order, [2, 1]);
  assert.ok(answers[1].data.result.stdout.endsWith('300000\n'));
  await s.close(id);
});
