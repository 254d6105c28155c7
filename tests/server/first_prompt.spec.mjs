// Text that is sent to a shell that has not shown its first prompt yet, and then waiting for the prompt: it is the prompt
// after that text that is meant.
import assert from 'node:assert/strict';
import { main_server } from './support/daemon.mjs';
import { connect, over_http, tool } from './support/mcp.mjs';
import { spec } from './support/suite.mjs';

for (const shell of ['bash', 'zsh', 'fish']) {
  spec(`first prompt: waiting for the prompt of ${shell} after early text waits for what the text began`, async () => {
    const server = await main_server();
    const { id } = await server.create({ shell: `/usr/bin/${shell}` });
    await server.input(id, { data: `sleep 1; echo late-${shell === 'fish' ? '(math 40 + 2)' : '$((40+2))'}` });
    const waited = await server.api('POST', `/api/agent/terminals/${id}/wait`, { prompt: true, max_wait_ms: 20_000 });
    assert.equal(waited.reason, 'prompt');
    assert.match((await server.screen(id)).join('\n'), /^late-42$/m);
    assert.equal((await server.get(id)).state, 'prompt');
    await server.close(id);
  });
}

spec('first prompt: the same by the tools of MCP', async () => {
  const server = await main_server();
  const client = await connect(over_http(server, await server.handshake_token()));
  try {
    const { id } = await tool(client, 'terminal_open', { cwd: '/tmp' });
    await tool(client, 'terminal_send', { terminal_id: id, data: 'sleep 1; echo late-$((40+2))' });
    assert.equal((await tool(client, 'terminal_wait', { terminal_id: id, prompt: true, max_wait_ms: 20_000 })).reason, 'prompt');
    assert.match((await server.screen(id)).join('\n'), /^late-42$/m);
    await tool(client, 'terminal_close', { terminal_id: id });
  } finally {
    await client.close();
  }
});
