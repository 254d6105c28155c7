// One method called over every surface. Each surface answers {result} or {error: name}.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { ask, EventStream } from './http.mjs';
import { Rpc } from './rpc.mjs';

/** The methods that the binary lists: [{name, stream}]. */
export async function method_list(server) {
  const { code, stdout } = await server.cli(['call', '--list']);
  assert.equal(code, 0);
  return stdout.trim().split('\n').slice(1).map((line) => {
    const [name, kind] = line.trim().split(/\s+/);
    return { name, stream: kind === 'stream' };
  });
}

/** Paths whose bodies are files: in the document, and no methods. */
export const file_routes = ['files.archive', 'files.content', 'files.store'];

/** name -> {verb, path, scope, stream, open} out of the OpenAPI document. */
export function bindings(document) {
  const found = new Map();
  for (const [path, verbs] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(verbs)) {
      const content = Object.keys(operation.responses['200']?.content ?? {});
      found.set(operation.operationId, {
        verb: verb.toUpperCase(), path, scope: operation['x-scope'] ?? null, stream: ['text/event-stream', 'application/x-ndjson'].includes(content[0]), media: content[0] ?? '',
      });
    }
  }
  return found;
}

/** The request of a method: the path filled, the rest in the query of GET and DELETE and in the body of others. */
export function http_request(binding, params) {
  const rest = { ...params };
  const path = binding.path.replace(/\{(\w+)\}/g, (_all, name) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(value);
  });
  if (['GET', 'DELETE'].includes(binding.verb)) {
    const query = Object.entries(rest).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
    return { method: binding.verb, path: query ? `${path}?${query}` : path };
  }
  return { method: binding.verb, path, body: rest };
}

function over_http(target, identity) {
  return {
    async call(binding, params) {
      const response = await ask(target, { ...http_request(binding, params), headers: { ...identity } });
      if (response.status >= 400) {
        assert.equal(response.json.detail, response.json.error.message);
        return { error: response.code };
      }
      const text = !binding.media.startsWith('application/json') || response.headers['content-disposition'];
      return { result: text ? response.text : response.json };
    },
    async stream(binding, params, { first }) {
      if (binding.media === 'application/x-ndjson') {
        const response = await ask(target, { ...http_request(binding, params), headers: { ...identity } });
        if (response.status >= 400) return { error: response.code };
        return { items: response.text.split('\n').filter((line) => line !== '').map((line) => ({ event: 'entry', ...JSON.parse(line) })) };
      }
      const stream = await EventStream.open(target, { ...http_request(binding, params), headers: { ...identity } });
      if (stream.status >= 400) {
        await new Promise((resolve) => (stream.ended ? resolve() : stream.watchers.add(() => stream.ended && resolve())));
        return { error: JSON.parse(stream.text).error.code };
      }
      if (first) {
        await stream.next(() => true, 'an item');
        stream.close();
        return { items: [stream.items[0]].map(({ event, json }) => ({ event, ...json })) };
      }
      await stream.next((item) => item.event === 'end', 'the end');
      return { items: stream.items.map(({ event, json }) => ({ event, ...json })) };
    },
  };
}

function over_socket(open) {
  const with_socket = async (body) => {
    const rpc = await open();
    try {
      return await body(rpc);
    } finally {
      await rpc.close();
    }
  };
  const outcome = (frame) => {
    if (frame.type !== 'error') return { result: frame.data };
    assert.equal(typeof frame.error.code, 'number');
    return { error: frame.error.name };
  };
  return {
    call: (_binding, params, name) => with_socket(async (rpc) => outcome(await rpc.call(name, params))),
    stream: (_binding, params, { name, first }) =>
      with_socket(async (rpc) => {
        rpc.send({ id: 's', method: name, params });
        if (!first) {
          const last = await rpc.answer('s');
          return last.type === 'error' ? outcome(last) : { items: rpc.progress('s') };
        }
        const one = await rpc.next((frame) => frame.id === 's', 'an item');
        if (one.type === 'error') return outcome(one);
        rpc.send({ type: 'cancel', id: 's' });
        assert.equal((await rpc.answer('s')).type, 'cancelled');
        return { items: [one.data] };
      }),
  };
}

function over_cli(server) {
  const failure = (text) => ({ error: JSON.parse(text).error.code });
  return {
    async call(_binding, params, name) {
      const { code, stdout, stderr } = await server.cli(['--json', 'call', name, JSON.stringify(params)]);
      if (code !== 0) return failure(stderr);
      return { result: JSON.parse(stdout) };
    },
    async stream(_binding, params, { name, first }) {
      if (!first) {
        const { code, stdout, stderr } = await server.cli(['--json', 'call', name, JSON.stringify(params)]);
        return code === 0 ? { items: stdout.trim().split('\n').map((line) => JSON.parse(line)) } : failure(stderr);
      }
      const child = spawn(process.env.DUOTTY_BIN, ['--json', 'call', name, JSON.stringify(params)], { env: server.environment, stdio: ['ignore', 'pipe', 'pipe'] });
      let text = '';
      let errors = '';
      child.stderr.on('data', (data) => (errors += data));
      const ended = new Promise((resolve) => child.on('close', resolve));
      await Promise.race([ended, new Promise((resolve) => child.stdout.on('data', (data) => (text += data).includes('\n') && resolve()))]);
      child.kill('SIGTERM');
      await ended;
      return text.includes('\n') ? { items: [JSON.parse(text.slice(0, text.indexOf('\n')))] } : failure(errors);
    },
  };
}

/** The tool that calls any method; streams are nothing for it. */
function over_mcp(target, identity) {
  const revision = '2026-07-28';
  const meta = { 'io.modelcontextprotocol/protocolVersion': revision, 'io.modelcontextprotocol/clientCapabilities': {} };
  const headers = { ...identity, Accept: 'application/json', 'MCP-Protocol-Version': revision, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'api_call' };
  return {
    async call(_binding, params, name) {
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'api_call', arguments: { method: name, params }, _meta: meta } };
      const { json } = await ask(target, { method: 'POST', path: '/mcp', body: message, headers });
      const [{ text }] = json.result.content;
      if (json.result.isError) return { error: JSON.parse(text).error.code };
      return { result: json.result.structuredContent ?? text };
    },
    stream: null,
  };
}

/** Every surface by name. Over TCP the caller sends `token`, or is the owner when there is none. */
export function surfaces(server, token) {
  const identity = token ? { Authorization: `Bearer ${token}` } : { 'X-Duotty': '1' };
  const path = token ? `/ws/agent?token=${token}` : '/ws/agent';
  return {
    'HTTP over TCP': over_http(server.tcp, identity),
    'HTTP over the Unix socket': over_http(server.unix, {}),
    'WebSocket over TCP': over_socket(() => Rpc.open(server.tcp, path, token ? {} : identity)),
    'WebSocket over the Unix socket': over_socket(() => Rpc.open(server.unix)),
    'command line': over_cli(server),
    // Models are never the owner.
    ...(token ? { MCP: over_mcp(server.tcp, identity) } : {}),
  };
}

/** Throws unless two values have the same fields and types; null stands for any value, an empty list for any list. */
export function same_shape(actual, expected, place) {
  const kind = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
  if (actual === null || expected === null) return;
  assert.equal(kind(actual), kind(expected), place);
  if (Array.isArray(actual)) {
    if (actual.length > 0 && expected.length > 0) same_shape(actual[0], expected[0], `${place}[0]`);
  } else if (typeof actual === 'object') {
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), place);
    for (const key of Object.keys(actual)) same_shape(actual[key], expected[key], `${place}.${key}`);
  }
}
