// The Model Context Protocol over Streamable HTTP and over standard input and output, with the official SDK as the client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, main_server, make_home, run_binary, start } from './support/daemon.mjs';
import { EventStream } from './support/http.mjs';
import { accept, connect, open_session, over_http, over_stdio, post, request, tool } from './support/mcp.mjs';
import { spec } from './support/suite.mjs';

const transports = {
  'over HTTP': async (server) => over_http(server, await server.handshake_token()),
  'over standard input and output': async (server) => over_stdio(server),
};

for (const [where, open] of Object.entries(transports)) {
  const with_client = (name, body) =>
    spec(`MCP ${where}: ${name}`, async () => {
      const server = await main_server();
      const client = await connect(await open(server));
      try {
        await body(client, server);
      } finally {
        await client.close();
      }
    });

  with_client('tools open, run, read and close a terminal', async (client, server) => {
    const { tools } = await client.listTools();
    assert.ok(tools.length <= 20, `${tools.length} tools`);
    for (const one of tools) assert.ok(one.title && one.description && one.annotations, one.name);
    assert.equal(tools.find((one) => one.name === 'terminal_read').annotations.readOnlyHint, true);
    assert.equal(tools.find((one) => one.name === 'terminal_close').annotations.destructiveHint, true);
    const { id } = await tool(client, 'terminal_open', { name: `mcp-${where.length}`, cwd: '/tmp' });
    await server.at_prompt(id);
    const done = await tool(client, 'terminal_exec', { terminal_id: id, command: 'echo out; (exit 3)' });
    assert.equal(done.exit_code, 3);
    assert.match(done.stdout, /out/);
    const again = await tool(client, 'command_output', { output_ref: done.output_ref });
    assert.match(again.text, /out/);
    assert.ok((await tool(client, 'terminal_list')).terminals.some((one) => one.id === id));
    for (const name of ['terminal_get', 'terminal_screen', 'terminal_read']) await tool(client, name, { terminal_id: id });
    assert.equal((await tool(client, 'terminal_search', { terminal_id: id, pattern: 'out' })).match_count > 0, true);
    assert.ok((await tool(client, 'commands_search', { q: 'echo out' })).commands.length > 0);
    await tool(client, 'terminal_send', { terminal_id: id, data: 'echo typed', wait: true });
    await tool(client, 'terminal_wait', { terminal_id: id, idle_ms: 10 });
    assert.equal((await server.get(id)).created_by.startsWith('agent'), true, 'a model is no person');
    await tool(client, 'terminal_close', { terminal_id: id });
    const gone = await client.callTool({ name: 'terminal_get', arguments: { terminal_id: id } });
    assert.equal(gone.isError, true);
    assert.equal(JSON.parse(gone.content[0].text).error.code, 'terminal_not_found');
    await assert.rejects(client.callTool({ name: 'no_such_tool', arguments: {} }), /no_such_tool/);
  });

  with_client('every method is reached by name, administration is not', async (client) => {
    const { methods } = await tool(client, 'api_methods', { query: 'resize' });
    assert.ok(methods.some((one) => one.name === 'terminal.resize' && one.params));
    assert.equal((await tool(client, 'api_call', { method: 'server.info', params: {} })).protocol !== undefined, true);
    const refused = await client.callTool({ name: 'api_call', arguments: { method: 'server.stop' } });
    assert.equal(JSON.parse(refused.content[0].text).error.code, 'denied');
  });

  with_client('progress is told while a command runs', async (client, server) => {
    const { id } = await server.shell();
    const told = [];
    const options = { onprogress: (progress) => told.push(progress) };
    const done = await tool(client, 'terminal_exec', { terminal_id: id, command: 'for i in 1 2 3; do echo tick $i; sleep 0.4; done' }, options);
    assert.equal(done.exit_code, 0);
    assert.ok(told.some((one) => /tick/.test(one.message)), JSON.stringify(told));
    assert.ok(told.every((one, i) => i === 0 || one.progress > told[i - 1].progress));
    await server.close(id);
  });

  with_client('a cancelled call ends and the client goes on', async (client, server) => {
    const { id } = await server.shell();
    const stop = new AbortController();
    const waiting = tool(client, 'terminal_wait', { terminal_id: id, pattern: 'never', max_wait_ms: 600_000 }, { signal: stop.signal });
    await client.ping();
    stop.abort('enough');
    await assert.rejects(waiting, /enough/);
    assert.equal((await tool(client, 'terminal_exec', { terminal_id: id, command: 'true' })).exit_code, 0);
    await server.close(id);
  });

  with_client('terminals are resources with subscriptions', async (client, server) => {
    const { id } = await server.shell();
    const uri = `duotty://terminals/${id}/screen`;
    assert.ok((await client.listResources()).resources.some((one) => one.uri === uri));
    assert.ok((await client.listResourceTemplates()).resourceTemplates.length >= 4);
    await client.subscribeResource({ uri });
    await client.subscribeResource({ uri: 'duotty://terminals' });
    await server.exec(id, 'echo watched');
    await client.hears('notifications/resources/updated', (params) => params.uri === uri);
    const { contents } = await client.readResource({ uri });
    assert.match(contents[0].text, /watched/);
    const output = await client.readResource({ uri: `duotty://terminals/${id}/output/1` });
    assert.match(output.contents[0].text, /watched/);
    for (const part of ['scrollback', 'commands']) assert.match((await client.readResource({ uri: `duotty://terminals/${id}/${part}` })).contents[0].text, /watched/);
    await client.unsubscribeResource({ uri });
    const other = await server.create({ command: ['/bin/cat'] });
    await client.hears('notifications/resources/list_changed');
    await client.hears('notifications/resources/updated', (params) => params.uri === 'duotty://terminals');
    await server.close(other.id);
    await server.close(id);
    await assert.rejects(client.readResource({ uri }), /no resource/);
  });

  with_client('what is not there cannot be subscribed to', async (client, server) => {
    for (const uri of ['duotty://terminals/nowhere/screen', 'duotty://terminals/nowhere/output/1', 'duotty://nothing', 'file:///etc/passwd']) {
      await assert.rejects(client.subscribeResource({ uri }), (error) => error.code === -32002 && error.data.uri === uri, uri);
    }
    const { id } = await server.create({ command: ['/bin/cat'], name: `once-${where.length}` });
    const uri = `duotty://terminals/once-${where.length}/screen`;
    await client.subscribeResource({ uri });
    await server.close(id);
    await client.hears('notifications/resources/updated', (params) => params.uri === uri);
    await assert.rejects(client.subscribeResource({ uri }), /no resource/);
  });

  with_client('prompts, completions and log levels', async (client, server) => {
    const { id } = await server.create({ command: ['/bin/cat'], name: `complete-${where.length}` });
    const { prompts } = await client.listPrompts();
    assert.ok(prompts.some((one) => one.name === 'use-terminals'));
    const guide = await client.getPrompt({ name: 'read-cheaply' });
    assert.match(guide.messages[0].content.text, /^# /);
    const { messages } = await client.getPrompt({ name: 'explain-failure', arguments: { terminal: 'x7' } });
    assert.match(messages[0].content.text, /x7/);
    const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'explain-failure' }, argument: { name: 'terminal', value: 'complete-' } });
    assert.deepEqual(completion.values, [`complete-${where.length}`]);
    await client.setLoggingLevel('warning');
    await client.callTool({ name: 'terminal_get', arguments: { terminal_id: 'nowhere' } });
    await client.hears('notifications/message', (params) => params.level === 'warning');
    await server.close(id);
  });
}

// --- HTTP by hand ---------------------------------------------------------------------------------------------------

spec('MCP over HTTP: who may speak', async () => {
  const server = await main_server();
  const token = await server.handshake_token();
  const bearer = { Authorization: `Bearer ${token}` };
  const hello = request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } });
  const nobody = await post(server.tcp, hello);
  assert.equal(nobody.status, 401);
  assert.match(nobody.headers['www-authenticate'], /^Bearer/);
  assert.equal((await post(server.tcp, hello, { Authorization: 'Bearer wrong' })).status, 401);
  assert.equal((await post(server.tcp, hello, { ...bearer, Origin: 'https://evil.example' })).status, 403);
  assert.equal((await post(server.tcp, hello, { ...bearer, Origin: 'null' })).status, 403);
  assert.equal((await post(server.tcp, hello, { ...bearer, Host: 'evil.example' })).status, 403);
  assert.equal((await post(server.tcp, hello, { ...bearer, Origin: server.url, Host: `127.0.0.1:${server.port}` })).status, 200);
  assert.equal((await post(server.tcp, hello, { ...bearer, 'Content-Type': 'text/plain' })).status, 415);
  assert.equal((await post(server.tcp, hello, { ...bearer, Accept: 'text/html' })).status, 406);
  assert.equal((await post(server.tcp, '{', bearer)).json.error.code, -32700);
  assert.equal((await post(server.unix, hello)).status, 200, 'the owner over the Unix socket');
});

spec('MCP over HTTP: a session belongs to its token and ends', async () => {
  const server = await main_server();
  const mine = { Authorization: `Bearer ${await server.token('mcp-mine', ['read'])}` };
  const other = { Authorization: `Bearer ${await server.token('mcp-other', ['read'])}` };
  const session = await open_session(server.tcp, mine);
  assert.equal((await post(server.tcp, request('ping'), session)).status, 200);
  assert.equal((await post(server.tcp, request('ping'), { ...session, ...other })).status, 404);
  assert.equal((await post(server.tcp, request('ping'), mine)).status, 400);
  assert.equal((await post(server.tcp, request('ping'), { ...session, 'MCP-Protocol-Version': '1999-01-01' })).status, 400);
  assert.equal((await post(server.tcp, [request('ping')], session)).status, 400);
  const { tools } = (await post(server.tcp, request('tools/list'), session)).json.result;
  assert.equal(tools.some((one) => one.name === 'terminal_exec'), false, 'tools beyond its scopes are not offered');
  const target = { method: 'DELETE', path: '/mcp', headers: session };
  const { ask } = await import('./support/http.mjs');
  assert.equal((await ask(server.tcp, target)).status, 204);
  assert.equal((await post(server.tcp, request('ping'), session)).status, 404);
  const batches = await open_session(server.tcp, mine, '2025-03-26');
  const answers = (await post(server.tcp, [request('ping'), request('ping')], batches)).json;
  assert.equal(answers.length, 2);
});

spec('MCP over HTTP: a revoked token loses its session and its stream', async () => {
  const server = await main_server();
  const headers = { Authorization: `Bearer ${await server.token('mcp-revoked', ['read'])}` };
  const session = await open_session(server.tcp, headers);
  const stream = await EventStream.open(server.tcp, { path: '/mcp', headers: { ...session, Accept: 'text/event-stream' } });
  assert.equal(stream.status, 200);
  await server.api('DELETE', '/api/tokens/mcp-revoked');
  await until(() => stream.ended, 'the stream to end');
  assert.equal((await post(server.tcp, request('ping'), session)).status, 401);
});

spec('MCP over HTTP: what a broken connection missed is sent again', async () => {
  const server = await main_server();
  const { id } = await server.shell();
  const headers = { Authorization: `Bearer ${await server.handshake_token()}` };
  const session = await open_session(server.tcp, headers);
  const call = request('tools/call', { name: 'terminal_exec', arguments: { terminal_id: id, command: 'echo begun; sleep 2; echo ended' }, _meta: { progressToken: 'p' } });
  const { request: http } = await import('node:http');
  const first = await new Promise((resolve, reject) => {
    const body = JSON.stringify(call);
    const sent = http({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/mcp', headers: { ...session, Accept: accept, 'Content-Type': 'application/json', 'Content-Length': body.length } }, (response) => {
      let text = '';
      response.on('data', (data) => {
        text += data;
        if (!text.includes('begun')) return;
        sent.destroy();
        resolve(text);
      });
      response.on('error', () => undefined);
    });
    sent.on('error', reject);
    sent.end(body);
  });
  const last = [...first.matchAll(/^id: (.*)$/gm)].at(-1)[1];
  const again = await EventStream.open(server.tcp, { path: '/mcp', headers: { ...session, Accept: 'text/event-stream', 'Last-Event-ID': last } });
  const answer = await again.next((item) => item.json?.id === call.id, 'the answer');
  assert.equal(answer.json.result.structuredContent.exit_code, 0);
  await until(() => again.ended, 'the stream to end with the answer');
  await server.close(id);
});

spec('MCP over HTTP: sessions are bounded, the oldest makes room', async () => {
  const server = await main_server();
  const headers = { Authorization: `Bearer ${await server.handshake_token()}` };
  const first = await open_session(server.tcp, headers);
  for (let i = 0; i < 128; i += 1) await open_session(server.tcp, headers);
  assert.equal((await post(server.tcp, request('ping'), first)).status, 404);
}, { timeout: 120_000 });

// --- the command ----------------------------------------------------------------------------------------------------

spec('duotty mcp: a client does not notice that the worker was killed', async () => {
  const server = await start();
  const client = await connect(over_stdio(server));
  try {
    const { id } = await server.shell();
    await client.subscribeResource({ uri: `duotty://terminals/${id}/screen` });
    const lost = tool(client, 'terminal_wait', { terminal_id: id, pattern: 'never', max_wait_ms: 600_000 });
    await client.ping();
    await server.kill_worker();
    await assert.rejects(lost, /restarted/);
    await server.back();
    assert.equal((await tool(client, 'terminal_exec', { terminal_id: id, command: 'echo after' })).exit_code, 0);
    await client.hears('notifications/resources/updated');
  } finally {
    await client.close();
    await server.stop();
  }
});

spec('duotty mcp: standard output has only messages, and the end of input is the end', async () => {
  const server = await main_server();
  const lines = [request('initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'x', version: '1' } }), request('ping')];
  const { code, stdout, stderr } = await server.cli(['mcp'], { stdin: `${lines.map((one) => JSON.stringify(one)).join('\n')}\n` });
  assert.equal(code, 0, stderr);
  const answers = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(answers.map((one) => one.id).sort(), lines.map((one) => one.id).sort());
  assert.equal(stderr, '');
  const home = await make_home();
  const alone = await run_binary(['mcp'], { env: environment_of(home), stdin: '' });
  assert.notEqual(alone.code, 0);
  assert.equal(alone.stdout, '');
  assert.match(alone.stderr, /duotty serve/);
});

spec('duotty mcp --start: starts a server that stays', async () => {
  const home = await make_home();
  const server = { environment: { ...environment_of(home), PORT: '0' } };
  const client = await connect(over_stdio(server, ['--start']));
  try {
    assert.ok((await tool(client, 'terminal_list')).terminals);
  } finally {
    await client.close();
    const status = await run_binary(['status', '--health'], { env: server.environment });
    assert.equal(status.code, 0);
    assert.equal((await run_binary(['stop'], { env: server.environment })).code, 0);
  }
});

spec('duotty install: shows the change, asks, keeps the rest', async () => {
  const home = await make_home();
  const env = environment_of(home);
  const file = join(home, '.claude.json');
  await writeFile(file, '{\n  "other": [1, 2],\n  "mcpServers": {}\n}\n', { mode: 0o640 });
  const shown = await run_binary(['install', 'claude', '--print'], { env, cwd: home });
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, /\+ .*"mcp"/);
  assert.equal((await run_binary(['install', 'claude'], { env, cwd: home })).code, 64, 'nobody to ask');
  assert.equal(JSON.parse(await readFile(file, 'utf8')).mcpServers.duotty, undefined);
  assert.equal((await run_binary(['install', 'claude', '--yes'], { env, cwd: home })).code, 0);
  const written = JSON.parse(await readFile(file, 'utf8'));
  assert.deepEqual(written.other, [1, 2]);
  const { command, args } = written.mcpServers.duotty;
  const child = spawn(command, args.filter((word) => word !== '--start'), { env, stdio: ['ignore', 'ignore', 'ignore'] });
  assert.notEqual(await new Promise((resolve) => child.on('exit', resolve)), 127, 'the entry names a program');
  assert.match((await run_binary(['install', 'claude', '--yes'], { env, cwd: home })).stdout, /already/);
  for (const [client, path] of [['cursor', '.cursor/mcp.json'], ['codex', '.codex/config.toml'], ['vscode', '.config/Code/User/mcp.json']]) {
    assert.equal((await run_binary(['install', client, '--yes'], { env, cwd: home })).code, 0, client);
    assert.match(await readFile(join(home, path), 'utf8'), /duotty/);
  }
});
