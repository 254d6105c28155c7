// The official conformance suite and the official Inspector against the server. Both want a newer Node than the oldest we
// support; tests/package.json brings one along where the machine has none.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { main_server, make_home } from './support/daemon.mjs';
import { newer_node } from './support/mcp.mjs';
import { spec } from './support/suite.mjs';

const modules = new URL('../node_modules/@modelcontextprotocol/', import.meta.url).pathname;

/** The scenarios that need nothing of a server but the protocol; the others call tools of the suite's own test server. */
const scenarios = ['server-initialize', 'logging-set-level', 'ping', 'tools-list', 'resources-list', 'prompts-list', 'server-sse-multiple-streams', 'dns-rebinding-protection'];

async function run(args, { home }) {
  const node = await newer_node();
  assert.ok(node, 'Node 22 or newer: run npm ci in tests/');
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { env: { PATH: process.env.PATH, HOME: home }, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}

for (const scenario of scenarios) {
  spec(`MCP conformance suite: ${scenario}`, async () => {
    const server = await main_server();
    const url = `http://localhost:${server.port}/mcp?token=${await server.handshake_token()}`;
    const { code, text } = await run([`${modules}conformance/dist/index.js`, 'server', '--url', url, '--scenario', scenario], { home: await make_home() });
    assert.equal(code, 0, text.slice(-3000));
    assert.doesNotMatch(text, /Failed: [1-9]/, text.slice(-3000));
  });
}

spec('MCP Inspector: lists, calls and reads', async () => {
  const server = await main_server();
  const home = await make_home();
  const inspect = async (...args) => {
    const header = `Authorization: Bearer ${await server.handshake_token()}`;
    const { code, text } = await run([`${modules}inspector/clients/launcher/build/index.js`, '--cli', `${server.url}/mcp`, '--transport', 'http', '--header', header, ...args], { home });
    assert.equal(code, 0, text.slice(-3000));
    return text;
  };
  assert.match(await inspect('--method', 'tools/list', '--strict'), /terminal_exec/);
  assert.match(await inspect('--method', 'tools/call', '--tool-name', 'terminal_list'), /terminals/);
  assert.match(await inspect('--method', 'resources/read', '--uri', 'duotty://terminals'), /terminals/);
  assert.match(await inspect('--method', 'prompts/list'), /use-terminals/);
}, { timeout: 120_000 });
