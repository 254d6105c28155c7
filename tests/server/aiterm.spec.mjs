// aiterm's six terminal tools, by the official client library over both transports.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { connect, over_stdio } from './support/mcp.mjs';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { spec } from './support/suite.mjs';

const names = ['pty_open', 'pty_send', 'pty_read', 'pty_key', 'pty_close', 'pty_list'];

function over_http(server, token) {
  return new StreamableHTTPClientTransport(new URL(`${server.url}/mcp?tools=aiterm`), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
}

async function client(transport = 'http') {
  const s = await main_server();
  const mcp = await connect(transport === 'http' ? over_http(s, await s.handshake_token()) : over_stdio(s, ['--tools', 'aiterm']));
  const raw = (name, args = {}) => mcp.callTool({ name, arguments: args });
  const call = async (name, args = {}) => {
    const result = await raw(name, args);
    assert.ok(!result.isError, `${name}: ${result.content[0].text}`);
    return result.content[0].text;
  };
  const fails = async (name, args, pattern) => {
    const result = await raw(name, args);
    assert.equal(result.isError, true, result.content[0].text);
    assert.match(result.content[0].text, /^aiterm: /);
    assert.match(result.content[0].text, pattern);
  };
  const open = async (args = {}) => /^session_id: (\S+)$/m.exec(await call('pty_open', args))[1];
  return { s, mcp, raw, call, fails, open };
}

for (const transport of ['http', 'stdio']) {
  spec(`aiterm: its first session, as it is documented, over ${transport}`, async () => {
    const { s, mcp, raw, call, open } = await client(transport);
    const { tools } = await mcp.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), names);
    assert.match(mcp.getInstructions(), /pty_open/);
    const session_id = await open();
    assert.match(session_id, /^t\d+$/);
    const sent = await raw('pty_send', { session_id, text: 'echo hello' });
    assert.deepEqual(sent.content, [{ type: 'text', text: `sent 10 chars to ${session_id} (+Enter)` }]);
    assert.deepEqual(sent.structuredContent, { schema: 'aiterm.pty-send-result.v1', mode: 'sent', session_id, event_cursor: null, launch_id: null, vendor: null, submit_residue: null });
    const read = await call('pty_read', { session_id, wait: true });
    assert.match(read, /echo hello\nhello\n/);
    assert.match(read, new RegExp(`\\[aiterm ${session_id}: \\d+ lines / ~\\d+ tok \\(raw \\d+ lines / ~\\d+ tok\\)\\] \\[is_complete=True via quiescent\\]$`));
    assert.equal((await s.get(session_id)).created_by, 'agent:aiterm');
    const closed = await raw('pty_close', { session_id });
    assert.deepEqual([closed.content[0].text, closed.structuredContent], [`closed ${session_id}`, { schema: 'aiterm.pty-close-result.v1', session_id, outcome: 'closed' }]);
    await mcp.close();
  });
}

spec('aiterm: reading: new, full, screen, lines, ranges, raw', async () => {
  const { mcp, call, open } = await client();
  const session_id = await open({ name: 'ait-read' });
  assert.equal(session_id, 'ait-read');
  const read = (args = {}) => call('pty_read', { session_id, ...args });
  const body = (text) => text.split('\n').filter((line) => !line.startsWith('[aiterm ')).join('\n');
  await call('pty_send', { session_id, text: 'seq 1 20' });
  assert.match(await read({ wait: true }), /\n1\n2\n3\n/);
  // Only what came since.
  await call('pty_send', { session_id, text: 'echo second' });
  const second = await read({ wait: true });
  assert.match(second, /second\nsecond\n/);
  assert.doesNotMatch(second, /\n20\n/);
  assert.doesNotMatch(body(await read()), /second\nsecond/);
  const full = await read({ full: true });
  assert.match(full, /\n1\n2\n3\n[^]*\nsecond\n/);
  assert.match(await read({ full: true, lines: 2 }), /^second\n/);
  assert.match(await read({ screen: true }), /second/);
  const lines = body(await read({ full: true, raw: true })).split('\n');
  const at = lines.indexOf('1');
  assert.equal(body(await read({ line_range: `${at}:${at + 3}` })), '1\n2\n3');
  assert.match(body(await read({ line_range: `${at + 19}:` })), /^20\n/);
  assert.equal(await read({ line_range: `${at}:${at + 1}`, raw: true }), '1\n');
  await call('pty_send', { session_id, text: 'seq 1 2000' });
  const long = await read({ wait: true, timeout: 30 });
  assert.ok(long.length < 4000 && /\n2000\n/.test(long), `${long.length} characters`);
  assert.match(long, /lines hidden\] \[is_complete=True via quiescent\]$/);
  await call('pty_send', { session_id, text: "printf 'a\\n%.0s' 1 2 3" });
  assert.match(await read({ wait: true, raw: true }), /\na\na\na\n/);
  await call('pty_send', { session_id, text: 'git status --porcelain /nowhere; true' });
  assert.match(await read({ wait: true, rtk: true }), /is_complete=True/);
  await call('pty_close', { session_id });
  await mcp.close();
});

spec('aiterm: keys, an interpreter in front, and a mark', async () => {
  const { s, mcp, call, open } = await client();
  const session_id = await open({ name: 'ait-keys' });
  const read = (args = {}) => call('pty_read', { session_id, ...args });
  await call('pty_send', { session_id, text: 'bash -c \'while printf ">>> "; read line; do echo "= $((line))"; done\'' });
  assert.match(await read({ wait: true, until: '>>>' }), /\[is_complete=True via until\]$/);
  await call('pty_send', { session_id, text: '6 * 7' });
  assert.match(await read({ wait: true, until: '= 4\\d', until_regex: true }), /= 42\n[^]*\[is_complete=True via until\]$/);
  await call('pty_send', { session_id, text: '1 + 1' });
  assert.match(await read({ wait: true }), /= 2\n[^]*\[is_complete=False via nested\]/);
  assert.match(await read({ wait: true, until: 'never', timeout: 0.3 }), /\[is_complete=False via timeout\]$/);
  assert.equal(await call('pty_key', { session_id, key: 'C-c' }), `sent key C-c to ${session_id}`);
  await s.at_prompt(session_id);
  for (const [key, shown] of [['Enter', 'Enter'], ['ctrl-l', 'C-l'], ['bspace', 'BSpace'], ['Up', 'Up'], ['C-u', 'C-u'], ['F5', 'F5'], ['M-b', 'M-b'], ['C-u', 'C-u']]) {
    assert.equal(await call('pty_key', { session_id, key }), `sent key ${shown} to ${session_id}`);
  }
  await s.at_prompt(session_id);
  await call('pty_read', { session_id });
  await call('pty_send', { session_id, text: '(sleep 0.3; exit 7)', mark: true });
  assert.match(await read({ wait: true }), /<<<AITERM_DONE rc=7>>>\n[^]*\[is_complete=True via mark\]$/);
  await call('pty_send', { session_id, text: 'echo no enter', enter: false });
  await until(async () => (await s.screen(session_id)).some((line) => line.endsWith('echo no enter')), 'what was typed');
  await call('pty_key', { session_id, key: 'Enter' });
  assert.match(await read({ wait: true }), /no enter\n/);
  await call('pty_send', { session_id, text: 'exit' });
  assert.match(await read({ wait: true }), /\[is_complete=True via (dead|quiescent)\]$/);
  await call('pty_close', { session_id });
  await mcp.close();
});

spec('aiterm: closing twice, and the list', async () => {
  const { s, mcp, raw, call, fails, open } = await client();
  const session_id = await open({ name: 'ait-list', shell: '/bin/sh' });
  assert.match((await s.get(session_id)).shell, /sh$/);
  const list = await call('pty_list');
  assert.match(list, /^ait-list\tsh\tdetached\t80x24$/m);
  await fails('pty_open', { name: 'ait-list' }, /ait-list/);
  await fails('pty_open', { name: 'no blanks' }, /letters/);
  const next = await open();
  const another = await open();
  assert.notEqual(next, another);
  for (const one of [session_id, next, another]) assert.equal((await raw('pty_close', { session_id: one })).structuredContent.outcome, 'closed');
  assert.equal((await raw('pty_close', { session_id })).structuredContent.outcome, 'already_closed');
  assert.doesNotMatch(await call('pty_list'), /ait-list/);
  await mcp.close();
});

spec('aiterm: what is wrong is said, and the rules of every other way hold', async () => {
  const { s, mcp, call, fails, open } = await client();
  const session_id = await open({ name: 'ait-rules' });
  await s.at_prompt(session_id);
  await fails('pty_send', { session_id: 'nowhere', text: 'x' }, /nowhere/);
  await fails('pty_read', { session_id: 'nowhere' }, /nowhere/);
  await fails('pty_key', { session_id, key: 'Hyper-Q' }, /Hyper-Q/);
  await fails('pty_send', { session_id }, /"text" is missing/);
  await fails('pty_send', { session_id, text: 7 }, /"text" must be a string/);
  await fails('pty_send', { session_id, text: 'x'.repeat(70_000) }, /64 KiB/);
  await fails('pty_read', { session_id, line_range: '5:2' }, /line_range/);
  await fails('pty_read', { session_id, wait: true, until: '(', until_regex: true }, /pattern|missing/);
  await fails('pty_read', { session_id, agent_transcript: true }, /screen:true/);
  await fails('pty_send', { session_id, text: 'history -c' }, /./);
  await fails('pty_send', { session_id, text: 'history -c', force: true }, /./);
  await assert.rejects(mcp.callTool({ name: 'terminal_open', arguments: {} }), /no tool/);
  await call('pty_close', { session_id });
  await mcp.close();
  const token = await s.handshake_token();
  const unknown = await ask(s.tcp, { method: 'POST', path: '/mcp?tools=nothing', headers: { Authorization: `Bearer ${token}`, Accept: 'application/json, text/event-stream' }, body: { jsonrpc: '2.0', id: 1, method: 'ping' } });
  assert.deepEqual([unknown.status, unknown.code], [400, 'invalid_params']);
  const reader = await s.token('ait-reader', ['read']);
  const limited = await connect(over_http(s, reader));
  const refused = await limited.callTool({ name: 'pty_open', arguments: {} });
  assert.deepEqual([refused.isError, /scope/.test(refused.content[0].text)], [true, true]);
  assert.match((await limited.callTool({ name: 'pty_list', arguments: {} })).content[0].text, /\t|\(no sessions\)/);
  await limited.close();
});
