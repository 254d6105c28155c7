// An exec that is refused because something else runs: who, since when, by whom, and what can be done, on every surface.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { connect, over_http } from './support/mcp.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const busy_with = (name, line, body, params = {}) =>
  spec(`busy: ${name}`, async () => {
    const s = await main_server();
    const { id } = await s.shell(params);
    const person = await Viewer.open(s.unix, id, { name: 'somebody' });
    person.type(1, line);
    try {
      await body({ s, id, person });
    } finally {
      person.close();
      await s.close(id);
    }
  });

const running = (s, id) => until(async () => (await s.get(id)).state === 'running', 'the command to run');
const refused = (s, id, more = {}) => ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'true', ...more } });

/** The facts about `sleep 61`, which a person has entered. */
function check(details, id) {
  assert.equal(details.terminal_id, id);
  assert.equal(details.state, 'running');
  const { command, process } = details;
  assert.deepEqual([command.command, command.by, command.seq, command.output_ref], ['sleep 61', 'human', 1, `${id}:1`]);
  assert.ok(Math.abs(command.started * 1000 - Date.now()) < 600_000 && command.running_ms >= 0, JSON.stringify(command));
  assert.deepEqual([process.name, process.state, process.reads], ['sleep', 'sleeping', false]);
  assert.ok(process.pid > 1);
  assert.equal(details.awaiting, undefined);
  const next = details.next.map(({ method, params }) => [method, params]);
  const own = { terminal_id: id };
  assert.deepEqual(next, [['terminal.exec', { ...own, queue: true }], ['terminal.exec', { ...own, isolated: true }], ['terminal.wait', { ...own, prompt: true }]]);
}

busy_with('HTTP, WebSocket, MCP and the command line tell the same facts', 'sleep 61\r', async ({ s, id }) => {
  await running(s, id);
  const http = await refused(s, id);
  assert.deepEqual([http.status, http.code], [409, 'busy']);
  check(http.json.error.details, id);
  const sentence = http.json.error.message;
  assert.match(sentence, /"sleep" \(pid \d+, sleeping\).*"sleep 61" was entered by a person \d+ s ago.*queue.*isolated/);
  assert.equal(http.json.detail, sentence);
  const events = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'true' }, headers: { Accept: 'text/event-stream' } });
  assert.equal(events.status, 409, 'nothing was told before it failed');
  check(events.json.error.details, id);

  const rpc = await Rpc.open(s.unix, '/ws/agent', { 'X-Duotty': '1' });
  rpc.send({ id: 'kept', method: 'terminal.exec', params: { terminal_id: id, command: 'true' } });
  rpc.send({ id: 7, method: 'terminal.exec', params: { terminal_id: id, command: 'true', background_after: 1 } });
  for (const call of ['kept', '7']) {
    const frame = await rpc.next((one) => String(one.id) === call && one.type === 'error', `the answer to ${call}`);
    assert.deepEqual([frame.error.code, frame.error.name], [409, 'busy']);
    check(frame.error.details, id);
  }
  rpc.ws.close();

  const client = await connect(over_http(s, await s.handshake_token()));
  const { tools } = await client.listTools();
  assert.ok(tools.find((one) => one.name === 'terminal_exec').outputSchema.properties.error);
  for (const [name, params] of [['terminal_exec', { terminal_id: id, command: 'true' }], ['api_call', { method: 'terminal.exec', params: { terminal_id: id, command: 'true' } }]]) {
    // The client checks the structured content against the tool's schema.
    const answer = await client.callTool({ name, arguments: params });
    assert.equal(answer.isError, true);
    assert.equal(answer.structuredContent.error.code, 'busy');
    check(answer.structuredContent.error.details, id);
    assert.deepEqual(JSON.parse(answer.content[0].text), answer.structuredContent);
  }
  const missing = await client.callTool({ name: 'terminal_exec', arguments: { terminal_id: 'nowhere', command: 'true' } });
  assert.deepEqual([missing.isError, missing.structuredContent], [true, undefined]);
  await client.close();

  const cli = await s.cli(['exec', id, '--', 'true']);
  assert.equal(cli.code, 75);
  assert.match(cli.stderr, /"sleep 61" was entered by a person \d+ s ago .*--queue.*--isolated/);
});

busy_with('a program that asks something says so, and how it is answered', "read -rp 'name? ' name\r", async ({ s, id }) => {
  await until(async () => (await s.screen(id)).some((line) => line.startsWith('name?')), 'the question');
  const { awaiting, command, next } = await until(async () => {
    const { details } = (await refused(s, id)).json.error;
    return details.awaiting && details;
  }, 'the question to be seen');
  assert.deepEqual([awaiting.kind, awaiting.prompt_text.trim()], ['line', 'name?']);
  assert.equal(command.by, 'human');
  assert.deepEqual(next.at(-1).params, { terminal_id: id });
  assert.equal(next.at(-1).method, 'terminal.input');
});

busy_with('an unfinished line is told as such', 'echo half', async ({ s, id }) => {
  await until(async () => (await s.screen(id)).some((line) => line.endsWith('echo half')), 'the line');
  const { details, message } = await until(async () => {
    const answer = await refused(s, id);
    return answer.code === 'busy' && answer.json.error;
  }, 'the person to rest');
  assert.match(message, /unfinished text/);
  assert.deepEqual([details.state, details.input_line, details.command], ['prompt', 'echo half', undefined]);
});

spec('busy: a command of an agent is told with its name', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const token = await s.token('builder', ['read', 'type', 'exec']);
  const as_builder = (body) => ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body, headers: { Authorization: `Bearer ${token}` } });
  await as_builder({ command: 'sleep 61', timeout: 0.5 });
  const { error } = (await as_builder({ command: 'true' })).json;
  assert.deepEqual([error.details.command.command, error.details.command.by], ['sleep 61', 'agent:builder']);
  assert.match(error.message, /"sleep 61" was entered by agent:builder/);
  await s.close(id);
});
