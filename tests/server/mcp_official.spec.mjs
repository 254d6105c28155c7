// The official conformance suite and the official Inspector against the server. Both want a newer Node than the oldest we
// support; tests/package.json brings one along where the machine has none.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { main_server, make_home } from './support/daemon.mjs';
import { newer_node } from './support/mcp.mjs';
import { signing_proxy } from './support/signing_proxy.mjs';
import { spec } from './support/suite.mjs';

const modules = new URL('../node_modules/@modelcontextprotocol/', import.meta.url).pathname;

/**
 * The scenarios that need nothing of a server but the protocol; the others call tools of the suite's own test server. The
 * suite for the newest revision has no final version yet, so there are two.
 */
const suites = [
  { suite: 'conformance', revision: '2025-11-25', scenarios: ['server-initialize', 'logging-set-level', 'ping', 'tools-list', 'resources-list', 'prompts-list', 'server-sse-multiple-streams', 'dns-rebinding-protection'] },
  { suite: 'conformance-next', revision: '2026-07-28', scenarios: ['server-stateless', 'tools-list', 'resources-list', 'prompts-list', 'server-sse-multiple-streams', 'sep-2164-resource-not-found', 'caching', 'http-header-validation', 'dns-rebinding-protection', 'input-required-result-unsupported-methods', 'input-required-result-ignore-extra-params'] },
];

async function run(args, { home }) {
  const node = await newer_node();
  assert.ok(node, 'Node 22 or newer: run npm ci in tests/');
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { env: { PATH: process.env.PATH, HOME: home, NO_COLOR: '1' }, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}

for (const { suite, revision, scenarios } of suites) {
  for (const scenario of scenarios) {
    spec(`MCP conformance suite, ${revision}: ${scenario}`, async () => {
      const server = await main_server();
      const way = await signing_proxy(server, await server.handshake_token());
      try {
        const target = ['--url', `http://localhost:${way.port}/mcp`, '--spec-version', revision, '--scenario', scenario];
        const { text } = await run([`${modules}${suite}/dist/index.js`, 'server', ...target], { home: await make_home() });
        assert.match(text, /Passed: [1-9]/, text.slice(-3000));
        // What only the suite's own server has is reported as failed too, with these words.
        const failures = [...text.matchAll(/^ *Error: (.*)$/gm)].map(([, why]) => why);
        assert.deepEqual(failures.filter((why) => !why.startsWith('Not testable')), [], text.slice(-3000));
        if (failures.length === 0) assert.match(text, /Passed: (\d+)\/\1, 0 failed/);
      } finally {
        await way.stop();
      }
    });
  }
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
