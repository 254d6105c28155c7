// Commands that say nothing for long, through a proxy that cuts idle connections: the streams' own signs of life keep them.
import assert from 'node:assert/strict';
import { main_server } from './support/daemon.mjs';
import { EventStream } from './support/http.mjs';
import { idle_proxy } from './support/idle_proxy.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

/** Less than a proxy's usual minute and more than the 15 s between signs of life. */
const idle_ms = 20_000;
const silence_s = 24;

spec('a command of the command line, a call on the WebSocket and an event stream outlive a proxy that cuts idle connections', async () => {
  const server = await main_server();
  const token = await server.handshake_token();
  const proxy = await idle_proxy(server.port, idle_ms);
  const shells = await Promise.all([server.shell({}), server.shell({})]);
  try {
    const command = `sleep ${silence_s}; echo done; (exit 5)`;
    const headers = { Host: `127.0.0.1:${server.port}`, Authorization: `Bearer ${token}` };
    const cli = server.cli(['--url', `http://127.0.0.1:${proxy.port}`, '--token', token, 'exec', '--new', '--', command], { patience: 55_000 });
    const rpc = await Rpc.open({ port: proxy.port }, '/ws/agent', headers);
    rpc.send({ id: 'long', method: 'terminal.exec', params: { terminal_id: shells[0].id, command, timeout: 50 } });
    const stream = await EventStream.open({ port: proxy.port }, {
      method: 'POST', path: `/api/agent/terminals/${shells[1].id}/exec`, headers: { ...headers, Accept: 'text/event-stream' }, body: { command, timeout: 50 },
    });
    const [ran, answer, result] = await Promise.all([cli, rpc.next((frame) => frame.type === 'result', 'the answer', 55_000), stream.next((item) => item.event === 'result', 'the result', 55_000)]);
    assert.deepEqual([ran.code, ran.stdout], [5, 'done\n'], ran.stderr);
    assert.deepEqual([answer.data.exit_code, answer.data.stdout], [5, 'done\n']);
    assert.deepEqual([result.json.exit_code, result.json.stdout], [5, 'done\n']);
    assert.equal(proxy.cut, 0);
    await rpc.close();
  } finally {
    await proxy.close();
    for (const { id } of shells) await server.close(id).catch(() => undefined);
  }
}, { timeout: 90_000 });
