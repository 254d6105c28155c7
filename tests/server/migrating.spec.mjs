// docs/migrating.md is a promise: every request in it is sent, every method looked up, every test it names has to exist.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';
import { http_of, streams } from './support/winkterm.mjs';
import { method_list } from './support/surfaces.mjs';

const here = new URL('./', import.meta.url);
const page = await readFile(new URL('../../docs/migrating.md', import.meta.url), 'utf8');

/** The tables of the page: {system, columns, cells}. */
function rows() {
  const found = [];
  let system = '';
  let columns = null;
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) system = line.slice(3);
    if (!line.startsWith('|')) {
      columns = null;
      continue;
    }
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
    if (!columns) columns = cells;
    else if (!cells.every((cell) => /^-+$/.test(cell))) found.push({ system, columns, cells: Object.fromEntries(columns.map((name, i) => [name, cells[i]])) });
  }
  return found;
}

const all = rows();
const of = (system, column) => all.filter((row) => row.system === system && row.cells[column]).map((row) => row.cells[column].replaceAll('`', ''));

/** What each system documents, apart from the page: its table has to have all of it. */
const documented = {
  'persistent-terminal': ['POST /api/terminals', 'GET /api/terminals', 'POST /api/terminals/{owned}/input', 'GET /api/terminals/{owned}/output', 'GET /api/terminals/{owned}/stats', 'DELETE /api/terminals/{owned}', 'GET /api/health'],
  wsh: ['GET /sessions', 'POST /sessions', 'GET /sessions/{terminal}', 'PATCH /sessions/{terminal}', 'DELETE /sessions/{terminal}', 'POST /sessions/{terminal}/input', 'GET /sessions/{terminal}/screen', 'GET /sessions/{terminal}/scrollback', 'GET /sessions/{terminal}/idle', 'GET /idle', 'GET /health'],
};

spec('migrating: the page has every request and tool of each system', () => {
  assert.deepEqual(of('WinkTerm', 'method').sort(), [...Object.keys(http_of), ...streams].sort());
  for (const row of all.filter((one) => one.system === 'WinkTerm' && one.cells.method)) {
    const method = row.cells.method.replaceAll('`', '');
    if (streams.includes(method)) continue;
    const plain = (text) => text.replaceAll('`', '').replace(/\{\w+\}/g, '{}').replace('/api/agent', '');
    assert.equal(plain(row.cells.request), http_of[method].replace(/\{\w+\}/g, '{}'), method);
  }
  for (const [system, requests] of Object.entries(documented)) {
    for (const request of requests) assert.ok(of(system, 'request').includes(request), `${system}: ${request}`);
  }
  assert.deepEqual(of('aiterm', 'tool').sort(), ['pty_close', 'pty_key', 'pty_list', 'pty_open', 'pty_read', 'pty_send']);
  assert.deepEqual(of('persistent-terminal', 'tool').join(', ').split(', ').sort(), ['create_terminal', 'create_terminal_basic', 'get_terminal_stats', 'kill_terminal', 'list_terminals', 'read_terminal', 'wait_for_output', 'write_terminal']);
});

spec('migrating: every test that the page names exists', async () => {
  const sources = new Map();
  for (const name of await readdir(here)) {
    if (name.endsWith('.spec.mjs')) sources.set(name.slice(0, -'.spec.mjs'.length), await readFile(new URL(name, here), 'utf8'));
  }
  for (const { system, cells } of all) {
    const held = cells['held by'];
    assert.ok(held, `${system}: a row without a test: ${JSON.stringify(cells)}`);
    const colon = held.indexOf(': ');
    const source = sources.get(held.slice(0, colon));
    assert.ok(source, `${held}: no such file`);
    const title = held.slice(colon + 2);
    const titles = [...source.matchAll(/spec\(\s*[`'"](.*?)[`'"]\s*,/g)].map((match) => match[1]);
    assert.ok(titles.some((one) => one.includes(title)), `${held}: no such test`);
  }
});

spec('migrating: every method that the page names is one', async () => {
  const server = await main_server();
  const known = new Set((await method_list(server)).map((method) => method.name));
  const words = new Set();
  for (const { cells } of all) {
    for (const column of ['answered by', 'ours']) {
      for (const [, word] of (cells[column] ?? '').matchAll(/`([a-z_]+(?:\.[a-z_]+)+|wait_any|handshake|health|sessions)`/g)) words.add(word);
    }
  }
  assert.ok(words.size > 25, [...words].join(' '));
  for (const word of words) assert.ok(known.has(word), `${word} is no method`);
});

spec('migrating: every request on the page is served', async () => {
  const server = await main_server();
  const token = await server.handshake_token();
  const headers = { Authorization: `Bearer ${token}` };
  const { id } = await server.create({ command: ['/bin/cat'] });
  const owned = (await server.create({ command: ['/bin/cat'], tags: ['user:migrating'] })).id;
  const requests = new Set(all.flatMap((row) => (row.cells.request ? [row.cells.request.replaceAll('`', '')] : [])));
  assert.ok(requests.size > 55, String(requests.size));
  for (const request of requests) {
    const [method, template] = request.split(' ');
    if (template.endsWith('/stream')) continue; // it would not end; its test stays on it
    // What ends a terminal gets one of its own.
    const ends = method === 'DELETE' && /\{(terminal|owned)\}$/.test(template);
    const victim = ends ? (await server.create({ command: ['/bin/cat'], tags: ['user:migrating'] })).id : null;
    const stored = template.includes('{connection}');
    const connection = stored ? (await server.api('POST', '/api/agent/ssh/connections', { host: 'migrating.example.org', username: 'me' })).id : 'nowhere';
    const path = template.replace('{connection}', connection).replace('{terminal}', victim ?? id).replace('{owned}', victim ?? owned).replace(/\{\w+\}/, 'nowhere');
    const body = method === 'GET' ? undefined : { userId: 'migrating' };
    const query = path.endsWith('/idle') ? 'timeout_ms=1' : path.startsWith('/api/agent/') ? '' : 'userId=migrating';
    const answer = await ask(server.tcp, { method, path: `${path}?${query}`, headers, body });
    const said = `${request}: ${answer.status} ${answer.text.slice(0, 200)}`;
    if (template.includes('{job}')) {
      assert.deepEqual([answer.status, answer.code], [404, 'not_found'], said);
    } else {
      // Nobody is at the stored connection's address.
      assert.ok((answer.status < 500 && ![404, 405].includes(answer.status)) || answer.code === 'unreachable', said);
    }
  }
});
