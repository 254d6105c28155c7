// The revision of the Model Context Protocol without a handshake, with the official SDK for it as the client.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { EventStream } from './support/http.mjs';
import { post, request } from './support/mcp.mjs';
import { spec } from './support/suite.mjs';

const revision = '2026-07-28';
const meta = { 'io.modelcontextprotocol/protocolVersion': revision, 'io.modelcontextprotocol/clientCapabilities': {} };

const transports = {
  'over HTTP': async (server) => new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${await server.handshake_token()}` } } }),
  'over standard input and output': async (server) => new StdioClientTransport({ command: process.env.DUOTTY_BIN, args: ['mcp'], env: server.environment, stderr: 'inherit' }),
};

for (const [where, open] of Object.entries(transports)) {
  for (const mode of ['auto', { pin: revision }, 'legacy']) {
    spec(`MCP ${revision} ${where}: a client that negotiates ${JSON.stringify(mode)}`, async () => {
      const server = await main_server();
      const client = new Client({ name: 'duotty-test', version: '1' }, { versionNegotiation: { mode } });
      const heard = [];
      client.fallbackNotificationHandler = async (notification) => heard.push(notification);
      await client.connect(await open(server));
      try {
        assert.equal(client.getNegotiatedProtocolVersion(), mode === 'legacy' ? '2025-11-25' : revision);
        assert.ok((await client.listTools()).tools.some((one) => one.name === 'terminal_exec'));
        const made = await client.callTool({ name: 'terminal_open', arguments: { command: ['/bin/cat'] } });
        const opened = made.structuredContent.id;
        assert.equal((await server.get(opened)).created_by, 'agent:duotty-test');
        const [noted] = (await server.api('GET', `/api/audit?method=terminal.create&terminal_id=${opened}`)).entries;
        assert.deepEqual([noted.kind, noted.surface, noted.client], ['agent', 'mcp', 'duotty-test']);
        await server.close(opened);
        const { id } = await server.shell();
        const told = [];
        const result = await client.callTool({ name: 'terminal_exec', arguments: { terminal_id: id, command: 'echo tick; sleep 1.5; false' } }, { onprogress: (progress) => told.push(progress) });
        assert.equal(result.structuredContent.exit_code, 1);
        assert.ok(told.some((one) => /tick/.test(one.message)), JSON.stringify(told));
        const uri = `duotty://terminals/${id}/screen`;
        assert.match((await client.readResource({ uri })).contents[0].text, /tick/);
        if (mode !== 'legacy') {
          const subscription = await client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true });
          await server.exec(id, 'echo more');
          await until(() => heard.some((one) => one.method === 'notifications/resources/updated'), 'a change to be told');
          await subscription.close();
        }
        const stop = new AbortController();
        const waiting = client.callTool({ name: 'terminal_wait', arguments: { terminal_id: id, pattern: 'never', max_wait_ms: 600_000 } }, { signal: stop.signal });
        stop.abort('enough');
        await assert.rejects(waiting);
        await server.close(id);
      } finally {
        await client.close();
      }
    });
  }
}

spec(`MCP ${revision}: headers must say what the body says`, async () => {
  const server = await main_server();
  const identity = { Authorization: `Bearer ${await server.handshake_token()}` };
  const good = { ...identity, 'MCP-Protocol-Version': revision, 'Mcp-Method': 'tools/list' };
  const list = () => request('tools/list', { _meta: meta });
  const answer = await post(server.tcp, list(), good);
  assert.equal(answer.status, 200);
  assert.equal(answer.json.result.resultType, 'complete');
  assert.equal(answer.headers['mcp-session-id'], undefined);
  for (const [name, value] of [['Mcp-Method', 'tools/call'], ['Mcp-Method', null], ['MCP-Protocol-Version', null], ['MCP-Protocol-Version', '2025-11-25']]) {
    const bad = await post(server.tcp, list(), { ...good, [name]: value });
    assert.equal(bad.status, 400, `${name}: ${value}`);
    assert.equal(bad.json.error.code, -32020, `${name}: ${value}`);
  }
  const silent = await post(server.tcp, request('tools/list'), good);
  assert.equal(silent.status, 400);
  assert.equal(silent.json.error.code, -32602);
  const old = { ...meta, 'io.modelcontextprotocol/protocolVersion': '1900-01-01' };
  const unsupported = await post(server.tcp, request('tools/list', { _meta: old }), { ...good, 'MCP-Protocol-Version': '1900-01-01' });
  assert.equal(unsupported.status, 400);
  assert.equal(unsupported.json.error.code, -32022);
  assert.ok(unsupported.json.error.data.supported.includes(revision));
  const unknown = await post(server.tcp, request('ping', { _meta: meta }), { ...good, 'Mcp-Method': 'ping' });
  assert.equal(unknown.status, 404);
  assert.equal(unknown.json.error.code, -32601);
  assert.equal((await post(server.tcp, list(), { ...good, Origin: 'https://evil.example' })).status, 403);
});

spec(`MCP ${revision}: a stream of changes ends with its token`, async () => {
  const server = await main_server();
  const identity = { Authorization: `Bearer ${await server.token('mcp-listener', ['read'])}` };
  const listen = request('subscriptions/listen', { notifications: { resourcesListChanged: true }, _meta: meta });
  const headers = { ...identity, Accept: 'application/json, text/event-stream', 'Content-Type': 'application/json', 'MCP-Protocol-Version': revision, 'Mcp-Method': listen.method };
  const { request: http } = await import('node:http');
  const stream = new EventStream();
  const call = http({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/mcp', headers }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text) => stream.feed(text));
    response.on('end', () => stream.finish('end'));
  });
  call.end(JSON.stringify(listen));
  const first = await stream.next(() => true, 'the acknowledgement');
  assert.equal(first.json.method, 'notifications/subscriptions/acknowledged');
  assert.equal(first.json.params._meta['io.modelcontextprotocol/subscriptionId'], listen.id);
  const { id } = await server.create({ command: ['/bin/cat'] });
  await stream.next((item) => item.json?.method === 'notifications/resources/list_changed', 'the change');
  await server.close(id);
  await server.api('DELETE', '/api/tokens/mcp-listener');
  await until(() => stream.ended, 'the stream to end');
});
