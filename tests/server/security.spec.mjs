// What a hostile page, another user of the machine, a stolen or small token and malformed input can do: nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { environment_of, make_home, run_binary, start } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { raw, status_of } from './support/raw.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { bindings, file_routes, http_request } from './support/surfaces.mjs';

const secrets = {
  ANTHROPIC_API_KEY: 'sk-ant-secret-0001', OPENAI_API_KEY: 'sk-openai-secret-0002', LLM_API_KEY: 'llm-secret-0003',
  AGENT_API_TOKEN: 'agent-token-secret-0004', WEB_ACCESS_KEY: 'web-access-secret-0005',
};
const is_root = process.getuid() === 0;
const stranger_uid = 54321;

let prepared = null;
function fixture() {
  prepared ??= (async () => {
    const s = await start({ env: secrets });
    const shell = await s.shell({ name: 'target' });
    const bound = bindings(await s.api('GET', '/api/openapi.json'));
    const started = Date.now();
    const { ticket: old_ticket } = await s.api('POST', '/api/auth/ws-ticket', {});
    return { s, shell, bound, old_ticket, started };
  })();
  return prepared;
}

/** What stands in the path: a guide that there is, where it is one, else the terminal of the fixture. */
const params_of = ({ path }) => Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, path.includes('/guides/') ? 'watch' : 'target']));
const refused = [401, 403, 415];

/** What a page of another site can make the browser of the owner send, and a little more. */
function attacks(port) {
  const json = { 'Content-Type': 'application/json' };
  const list = [];
  for (const extra of [{}, { 'X-Duotty': '1' }]) {
    list.push(
      { ...json, ...extra, Origin: 'http://evil.example' },
      { ...json, ...extra, Origin: 'https://localhost' },
      { ...json, ...extra, Origin: `http://localhost:${port + 1}` },
      { ...json, ...extra, Origin: 'null' },
      { ...json, ...extra, 'Sec-Fetch-Site': 'cross-site' },
      { ...json, ...extra, 'Sec-Fetch-Site': 'same-site' },
      { ...json, ...extra, Host: `evil.example:${port}` },
      { ...json, ...extra, Host: `127.0.0.1.evil.example:${port}` },
      { ...json, ...extra, 'X-Forwarded-For': '203.0.113.9' },
      { ...json, ...extra, Forwarded: 'for=203.0.113.9' },
      { ...json, ...extra, 'X-Real-IP': '203.0.113.9' },
    );
  }
  return list;
}

spec('a page of another site gets nothing from any route', async () => {
  const { s, bound } = await fixture();
  const before = await s.get('target');
  for (const [name, binding] of bound) {
    for (const headers of attacks(s.port)) {
      const request = http_request(binding, params_of(binding));
      const response = await ask(s.tcp, { ...request, headers });
      const place = `${name} with ${JSON.stringify(headers)}`;
      assert.equal(response.headers['access-control-allow-origin'], undefined, place);
      const anybody = binding.scope === null && name !== 'handshake' && !headers.Host;
      const by_proxy = ['X-Forwarded-For', 'Forwarded', 'X-Real-IP'].some((field) => field in headers);
      // Asking for access is open to strangers, but not to pages, and here it says nothing.
      if (anybody && binding.verb !== 'GET' && by_proxy) assert.ok([400, 429].includes(response.status), place);
      else if (anybody && binding.verb === 'GET') assert.equal(response.status, 200, place);
      else {
        assert.ok([401, 403].includes(response.status), `${place}: ${response.status} ${response.text.slice(0, 200)}`);
        assert.equal(typeof response.json.error.message, 'string', place);
      }
    }
  }
  const after = await s.get('target');
  assert.deepEqual([after.pid, after.size, after.cols], [before.pid, before.size, before.cols]);
});

spec('forms, plain text and links change nothing', async () => {
  const { s, bound } = await fixture();
  const count = (await s.api('GET', '/api/agent/terminals')).terminals.length;
  for (const [name, binding] of bound) {
    if (binding.scope === null || ['GET', 'HEAD'].includes(binding.verb)) continue;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json']) {
      const request = http_request(binding, params_of(binding));
      const response = await ask(s.tcp, { ...request, body: '{"name":"x","scopes":["admin"]}', headers: { 'Content-Type': type } });
      assert.ok(refused.includes(response.status), `${name} as ${type}: ${response.status}`);
    }
    const linked = await ask(s.tcp, { method: 'GET', path: `${http_request(binding, params_of(binding)).path}?command=true`, headers: {} });
    if (![...bound.values()].some((other) => other.verb === 'GET' && other.path === binding.path)) assert.equal(linked.status, 405, name);
  }
  assert.equal((await s.api('GET', '/api/agent/terminals')).terminals.length, count);
});

spec('agent routes want a deliberate caller even from the owner', async () => {
  const { s, bound } = await fixture();
  for (const [name, binding] of bound) {
    if (binding.scope === null || !binding.path.startsWith('/api/agent/')) continue;
    const response = await ask(s.tcp, { ...http_request(binding, params_of(binding)), headers: { 'Content-Type': 'application/json' } });
    assert.equal(response.status, 401, name);
  }
});

spec('a page of another site opens no socket', async () => {
  const { s, shell } = await fixture();
  for (const path of ['/ws/agent', `/ws/terminal/${shell.id}`]) {
    for (const { 'Content-Type': _type, ...headers } of attacks(s.port)) {
      const rpc = await Rpc.open(s.tcp, path, headers);
      await rpc.until_closed();
      const place = `${path} with ${JSON.stringify(headers)}`;
      assert.ok([401, 403].includes(rpc.refused) || [4401, 4403].includes(rpc.closed?.code), `${place}: ${rpc.refused} ${JSON.stringify(rpc.closed)}`);
      assert.deepEqual(rpc.frames, [], place);
    }
  }
  assert.equal((await s.get('target')).viewers, 0);
});

spec('preflight requests are answered without a permission', async () => {
  const { s } = await fixture();
  const response = await ask(s.tcp, { method: 'OPTIONS', path: '/api/agent/terminals', headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-duotty' } });
  assert.deepEqual(Object.keys(response.headers).filter((name) => name.startsWith('access-control')), []);
});

// --- another user ----------------------------------------------------------------------------------------------------

/** Sends requests as another user of this machine; their statuses, 0 where there was no connection. */
async function as_stranger(requests) {
  const code = `${readFileSync(new URL('./support/http.mjs', import.meta.url), 'utf8')}
    const out = [];
    for (const [target, what] of JSON.parse(process.env.REQUESTS)) {
      out.push(await ask(target, what).then((r) => ({ status: r.status, code: r.code, text: r.text.slice(0, 200), retry: r.headers['retry-after'] }), (error) => ({ status: 0, code: error.code })));
    }
    process.stdout.write(JSON.stringify(out));`;
  const child = spawn(process.execPath, ['--input-type=module', '-'], { uid: stranger_uid, gid: stranger_uid, cwd: '/', env: { REQUESTS: JSON.stringify(requests) }, stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  child.stdin.end(code);
  await new Promise((resolve) => child.on('close', resolve));
  return JSON.parse(text);
}

if (is_root) {
  spec('another user of the machine gets nothing', async () => {
    const { s, bound } = await fixture();
    const folders = [s.home, join(s.home, 'duotty'), join(s.home, 'duotty/run')];
    const shut = await as_stranger([[s.unix, { path: '/api/health' }]]);
    assert.deepEqual(shut, [{ status: 0, code: 'EACCES' }], 'the folder is private');
    // Even where the folder is open, the kernel's word on the peer decides.
    for (const folder of folders) chmodSync(folder, 0o755);
    chmodSync(s.socket, 0o666);
    try {
      const requests = [];
      const names = [];
      for (const [name, binding] of bound) {
        for (const target of [s.tcp, s.unix]) {
          names.push([name, binding]);
          requests.push([target, { ...http_request(binding, params_of(binding)), headers: { 'X-Duotty': '1', 'Content-Type': 'application/json' } }]);
        }
      }
      const answers = await as_stranger(requests);
      answers.forEach(({ status, text }, i) => {
        const [name, binding] = names[i];
        const place = `${name}: ${status} ${text}`;
        // Anybody may ask for access; who does gets no further than the question, and here it says nothing.
        if (['access.request', 'access.claim'].includes(name)) assert.ok([0, 400, 403, 429].includes(status), place);
        else if (binding.scope === null && name !== 'handshake') assert.ok(status === 200 || status === 0 || status === 403, place);
        else assert.ok([0, 401, 403].includes(status), place);
      });
    } finally {
      chmodSync(s.socket, 0o600);
      for (const folder of folders) chmodSync(folder, 0o700);
    }
  });

  spec('a stranger who guesses tokens is slowed down, and nobody else', async () => {
    const { s } = await fixture();
    const good = secrets.AGENT_API_TOKEN;
    const request = (token) => [s.tcp, { path: '/api/agent/terminals', headers: { Authorization: `Bearer ${token}` } }];
    const guesses = Array.from({ length: 30 }, (_, i) => request(`guess-${i}`));
    const answers = await as_stranger([request(good), ...guesses, request(good)]);
    assert.equal(answers[0].status, 200);
    assert.equal(answers[1].status, 401);
    assert.equal(answers[30].status, 429, 'guessing is not limited');
    assert.equal(answers[30].code, 'rate_limited');
    assert.ok(Number(answers[30].retry) > 0, 'no Retry-After');
    assert.equal(answers[31].status, 200, 'the good token is locked out');
    assert.equal((await ask(...request(good))).status, 200);
    assert.equal((await s.api('GET', '/api/agent/terminals')).terminals.length > 0, true);
  });
}

spec('guesses through a proxy are limited by the address it names', async () => {
  const { s } = await fixture();
  const good = secrets.AGENT_API_TOKEN;
  const request = (token, address) => ask(s.tcp, { path: '/api/agent/terminals', headers: { Authorization: `Bearer ${token}`, 'X-Forwarded-For': address } });
  assert.equal((await request(good, '198.51.100.7')).status, 200);
  const codes = [];
  for (let i = 0; i < 25; i += 1) codes.push((await request(`wrong-${i}`, '198.51.100.7')).status);
  assert.equal(codes[0], 401);
  assert.equal(codes.at(-1), 429);
  assert.equal((await request(good, '198.51.100.7')).status, 200);
  assert.equal((await ask(s.tcp, { path: '/api/agent/terminals', headers: { 'X-Duotty': '1' } })).status, 200);
});

// --- signing in ------------------------------------------------------------------------------------------------------

spec('sessions, sign out and one-use tickets', async () => {
  const s = await start({ args: ['--require-key'], env: { WEB_ACCESS_KEY: secrets.WEB_ACCESS_KEY } });
  const { id } = await s.create({ command: ['/bin/cat'] });
  const page = { Origin: s.url, 'X-Duotty': '1' };
  const post = (path, body, headers = {}) => ask(s.tcp, { method: 'POST', path, body, headers: { ...page, ...headers } });
  assert.equal((await ask(s.tcp, { path: '/api/sessions', headers: page })).status, 401);
  assert.equal((await ask(s.tcp, { path: '/api/agent/handshake', headers: page })).status, 403);
  assert.equal((await post('/api/auth/login', { key: 'wrong-key-wrong-key' })).status, 401);
  assert.equal((await post('/api/auth/login', { key: secrets.WEB_ACCESS_KEY }, { Origin: 'http://evil.example' })).status, 403);
  assert.ok(refused.includes((await post('/api/auth/login', JSON.stringify({ key: secrets.WEB_ACCESS_KEY }), { 'Content-Type': 'text/plain', 'X-Duotty': null })).status));
  const login = await post('/api/auth/login', { key: secrets.WEB_ACCESS_KEY });
  assert.equal(login.status, 200, login.text);
  const [cookie, ...attributes] = login.headers['set-cookie'][0].split('; ');
  assert.ok(attributes.includes('HttpOnly') && attributes.includes('SameSite=Strict') && attributes.includes('Path=/'), attributes.join());
  const signed = { ...page, Cookie: cookie };
  assert.equal((await ask(s.tcp, { path: '/api/sessions', headers: signed })).status, 200);
  assert.equal((await ask(s.tcp, { path: '/api/sessions', headers: { ...signed, Origin: 'http://evil.example' } })).status, 401);
  assert.equal((await ask(s.tcp, { path: '/api/sessions', headers: { ...signed, 'Sec-Fetch-Site': 'cross-site' } })).status, 401);
  const { ticket, expires_in } = (await post('/api/auth/ws-ticket', {}, { Cookie: cookie })).json;
  assert.equal(expires_in, 30);
  const viewer = await Rpc.open(s.tcp, `/ws/terminal/${id}?ticket=${ticket}`, { Origin: s.url });
  await viewer.next((frame) => frame.type === 'hello', 'hello');
  const again = await Rpc.open(s.tcp, `/ws/terminal/${id}?ticket=${ticket}`, { Origin: s.url });
  assert.equal((await again.until_closed()).code, 4401);
  const stream = await EventStream.open(s.tcp, { path: '/api/sessions/stream', headers: signed });
  await stream.next((item) => item.event === 'snapshot', 'the list');
  assert.equal((await post('/api/auth/logout', {}, { Cookie: cookie })).status, 200);
  assert.equal((await ask(s.tcp, { path: '/api/sessions', headers: signed })).status, 401);
  await until(() => viewer.closed, 'the terminal to be cut off from who signed out', 3000);
  await until(() => stream.ended, 'the stream to be cut off from who signed out', 3000);
  await s.stop();
});

// --- tokens ----------------------------------------------------------------------------------------------------------

spec('a token with one scope can do nothing else', async () => {
  const { s, bound } = await fixture();
  for (const scope of ['read', 'type', 'exec', 'files', 'ssh', 'ai']) {
    const token = await s.token(`only-${scope}`, [scope]);
    const rpc = await Rpc.open(s.tcp, `/ws/agent?token=${token}`);
    for (const [name, binding] of bound) {
      if (binding.scope === null && name !== 'handshake') continue;
      if (binding.scope === scope) continue;
      const response = await ask(s.tcp, { ...http_request(binding, params_of(binding)), headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } });
      assert.deepEqual([response.status, response.code], [403, 'denied'], `${scope} token, ${name}`);
      const frame = await rpc.call(name, params_of(binding));
      assert.deepEqual([frame.type, frame.error?.code], ['error', file_routes.includes(name) ? 404 : 403], `${scope} token, ${name} over the WebSocket`);
    }
    const allowed = [...bound].find(([, binding]) => binding.scope === scope && binding.path.includes('{terminal_id}'));
    if (allowed) {
      const [name, binding] = allowed;
      const response = await ask(s.tcp, { ...http_request(binding, { terminal_id: 'nowhere', cols: 80, rows: 24, signal: 'INT' }), headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } });
      assert.equal(response.status, 404, `${scope} token, ${name}`);
    }
    await rpc.close();
  }
});

spec('a token that only reads watches but does not type', async () => {
  const { s, shell } = await fixture();
  const token = await s.token('watcher', ['read']);
  const rpc = await Rpc.open(s.tcp, `/ws/terminal/${shell.id}?token=${token}`);
  assert.equal((await rpc.next((frame) => frame.type === 'hello', 'hello')).role, 'viewer');
  const size = (await s.get('target')).size;
  rpc.ws.send(Buffer.from([1, 0, 0, 0, 1, 0x78]));
  assert.equal((await rpc.next((frame) => frame.type === 'input_refused', 'the refusal')).code, 'denied');
  assert.equal((await s.get('target')).size, size);
  await rpc.close();
});

spec('a token with an owner sees only what it made', async () => {
  const { s } = await fixture();
  const token = await s.token('tenant', ['read', 'exec', 'type'], { owner: 'tenant-a' });
  const headers = { Authorization: `Bearer ${token}` };
  assert.deepEqual((await ask(s.tcp, { path: '/api/agent/terminals', headers })).json.terminals, []);
  assert.equal((await ask(s.tcp, { path: '/api/agent/terminals/target', headers })).status, 404);
  const made = (await ask(s.tcp, { method: 'POST', path: '/api/agent/terminals', headers, body: { command: ['/bin/cat'] } })).json;
  assert.deepEqual((await ask(s.tcp, { path: '/api/agent/terminals', headers })).json.terminals.map((one) => one.id), [made.id]);
  const events = (await ask(s.tcp, { path: '/api/agent/events/recent', headers })).json.events;
  assert.ok(events.every((event) => event.terminal_id === made.id), JSON.stringify(events));
  await s.close(made.id);
});

spec('a revoked token is cut off at once, open connections too', async () => {
  const { s, shell } = await fixture();
  const token = await s.token('revoked', ['read', 'type', 'exec']);
  const headers = { Authorization: `Bearer ${token}` };
  const rpc = await Rpc.open(s.tcp, `/ws/agent?token=${token}`);
  const viewer = await Rpc.open(s.tcp, `/ws/terminal/${shell.id}?token=${token}`);
  const stream = await EventStream.open(s.tcp, { path: `/api/agent/terminals/${shell.id}/stream`, headers });
  await rpc.next((frame) => frame.type === 'ready', 'ready');
  await viewer.next((frame) => frame.type === 'hello', 'hello');
  await stream.next(() => true, 'output');
  await s.api('DELETE', '/api/tokens/revoked');
  assert.equal((await ask(s.tcp, { path: '/api/agent/terminals', headers })).status, 401);
  await until(() => rpc.closed && viewer.closed, 'the sockets to be closed', 3000);
  await until(() => stream.ended, 'the event stream to be cut off', 3000);
});

// --- secrets ---------------------------------------------------------------------------------------------------------

spec('no secret reaches programs, command lines, logs or events', async () => {
  const { s, shell } = await fixture();
  const token = await s.token('scrubbed', ['read']);
  await ask(s.tcp, { path: `/api/agent/terminals?token=${token}` });
  await ask(s.tcp, { path: `/api/agent/terminals?token=wrong-${token}` });
  const hidden = [...Object.values(secrets), token];
  const shown = await s.exec(shell.id, 'env; cat /proc/$$/environ | tr "\\0" "\\n"');
  const log = s.output();
  const events = JSON.stringify(await s.api('GET', '/api/agent/events/recent'));
  const settings = JSON.stringify(await s.api('GET', '/api/settings'));
  for (const secret of hidden) {
    for (const [place, text] of Object.entries({ environment: shown.stdout, log, events, settings })) assert.ok(!text.includes(secret), `${secret} in ${place}`);
  }
  for (const name of Object.keys(secrets)) assert.doesNotMatch(shown.stdout, new RegExp(`^${name}=`, 'm'));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let line = '';
    try {
      line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      continue;
    }
    for (const secret of hidden) assert.ok(!line.includes(secret), `${secret} on the command line of ${pid}`);
  }
});

spec('programs inherit no descriptor', async () => {
  const { s } = await fixture();
  const { id, pid } = await s.create({ command: ['/bin/cat'] });
  const all = () => Object.fromEntries(readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]));
  await until(() => readlinkSync(`/proc/${pid}/exe`).match(/cat|busybox|coreutils/), 'cat');
  const fds = all();
  assert.deepEqual(Object.keys(fds).sort(), ['0', '1', '2'], JSON.stringify(fds));
  assert.ok(Object.values(fds).every((target) => target.startsWith('/dev/pts/')), JSON.stringify(fds));
  await s.close(id);
});

// --- malformed and oversized ------------------------------------------------------------------------------------------

const head = (s, line, headers) => `${line} HTTP/1.1\r\nHost: 127.0.0.1:${s.port}\r\nX-Duotty: 1\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;

spec('a body that is too long is refused by its length', async () => {
  const { s } = await fixture();
  const text = await raw(s.tcp, head(s, 'POST /api/agent/terminals', 'Content-Length: 8388609'), { enough: (got) => got.includes('too_large') });
  assert.equal(status_of(text), 413);
  const lines = await raw(s.tcp, head(s, `GET /${'x'.repeat(9000)}`, 'A: b'), { enough: (got) => got.includes('\r\n\r\n') });
  assert.equal(status_of(lines), 414);
  const fields = await raw(s.tcp, head(s, 'GET /api/health', `A: ${'x'.repeat(20_000)}`), { enough: (got) => got.includes('\r\n\r\n') });
  assert.equal(status_of(fields), 431);
  const both = await raw(s.tcp, head(s, 'POST /api/agent/terminals', 'Content-Length: 2\r\nTransfer-Encoding: chunked') + '{}', { enough: (got) => got.includes('\r\n\r\n') });
  assert.equal(status_of(both), 400);
});

spec('malformed JSON, text and numbers are refused with a sentence', async () => {
  const { s, shell } = await fixture();
  const create = (body) => ask(s.unix, { method: 'POST', path: '/api/agent/terminals', body });
  const count = (await s.api('GET', '/api/agent/terminals')).terminals.length;
  const nested = (depth) => `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const cases = [
    ['broken', '{"name":'], ['a list', '[]'], ['a text', '"x"'], ['deep', nested(100)], ['very deep', nested(100_000)],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['NUL in a name', '{"name":"a\\u0000b"}'], ['a lone surrogate', '{"name":"a\\ud800b"}'], ['ESC in a name', '{"name":"\\u001b[31m"}'], ['a long name', JSON.stringify({ name: 'x'.repeat(129) })],
    ['NUL in a command', '{"command":["/bin/c\\u0000at"]}'], ['NUL in a folder', '{"cwd":"/t\\u0000mp"}'], ['a relative folder', '{"cwd":"tmp"}'],
    ...[-1, 0, 1001, 1e9, 1.5, '"80"x', 'null,"rows":"many"'].map((cols) => [`cols ${cols}`, `{"cols":${cols}}`]),
  ];
  for (const [what, body] of cases) {
    const response = await create(body);
    assert.equal(response.status, 400, `${what}: ${response.status} ${response.text.slice(0, 200)}`);
    assert.ok(['invalid_params', 'invalid_json'].includes(response.code), `${what}: ${response.code}`);
    assert.match(response.json.error.message, /^[A-Z"a-z].{8,}/, what);
  }
  assert.equal((await s.api('GET', '/api/agent/terminals')).terminals.length, count);
  const update = await ask(s.unix, { method: 'PATCH', path: `/api/agent/terminals/${shell.id}`, body: { nonsense: 1 } });
  assert.equal(update.code, 'invalid_params');
  const lenient = await create({ command: ['/bin/cat'], nonsense: 1 });
  assert.equal(lenient.status, 200);
  await s.close(lenient.json.id);
});

spec('a pattern that explodes elsewhere is harmless', async () => {
  const { s } = await fixture();
  const { id } = await s.create({ command: ['/bin/sh', '-c', `printf '${'a'.repeat(5000)}!\\n'; cat`] });
  await until(async () => (await s.get(id)).size > 5000, 'output');
  const began = Date.now();
  const found = await s.api('GET', `/api/agent/terminals/${id}/snapshot?pattern=${encodeURIComponent('^(a+)+$')}`);
  assert.equal(found.grep.match_count, 0);
  assert.ok(Date.now() - began < 5000);
  const huge = await ask(s.unix, { path: `/api/agent/terminals/${id}/snapshot?pattern=${encodeURIComponent('((a{1,900}){1,900}){1,900}')}` });
  assert.equal(huge.status, 400);
  await s.close(id);
});

spec('unknown paths, verbs, HEAD and OPTIONS', async () => {
  const { s } = await fixture();
  for (const path of ['/api', '/api/', '/api/nothing', '/api/agent/nothing', '/api/agent/terminals/x/y/z']) {
    const response = await ask(s.tcp, { path, headers: { 'X-Duotty': '1' } });
    assert.equal(response.status, 404, path);
    assert.equal(response.code, 'not_found', path);
    assert.match(response.headers['content-type'], /^application\/json/, path);
  }
  for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/../../etc/passwd', '/..%2fetc/passwd']) {
    const response = await raw(s.tcp, head(s, `GET ${path}`, 'Connection: close'));
    assert.doesNotMatch(response, /root:/, path);
  }
  const wrong = await ask(s.tcp, { method: 'PUT', path: '/api/agent/terminals', headers: { 'X-Duotty': '1' }, body: {} });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.code, 'method_not_allowed');
  assert.deepEqual(wrong.headers.allow.split(', ').sort(), ['GET', 'HEAD', 'OPTIONS', 'POST']);
  const options = await ask(s.tcp, { method: 'OPTIONS', path: '/api/agent/terminals', headers: { 'X-Duotty': '1' } });
  assert.equal(options.status, 204);
  assert.deepEqual(options.headers.allow.split(', ').sort(), ['GET', 'HEAD', 'OPTIONS', 'POST']);
  const get = await ask(s.tcp, { path: '/api/health' });
  const headed = await ask(s.tcp, { method: 'HEAD', path: '/api/health' });
  assert.deepEqual([headed.status, headed.text, headed.headers['content-length']], [200, '', String(get.text.length)]);
  const page = await ask(s.tcp, { path: '/' });
  assert.equal(page.status, 200);
  const policy = page.headers['content-security-policy'];
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /script-src[^;]*'unsafe-(inline|eval)'/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
});

// --- starting --------------------------------------------------------------------------------------------------------

spec('an open address is refused without a key and without TLS', async () => {
  for (const [extra, key, words] of [[[], undefined, /key|TLS/], [['--insecure-http'], 'short', /12/], [[], 'a-long-enough-access-key', /--insecure-http/]]) {
    const home = await make_home();
    const env = environment_of(home, key ? { WEB_ACCESS_KEY: key } : {});
    const result = await run_binary(['serve', '--host', '0.0.0.0', '--port', '0', ...extra], { env, cwd: home, patience: 15_000 });
    assert.equal(result.code, 78, `${key}: ${result.stderr}`);
    assert.match(result.stderr, words);
    if (key) assert.ok(!result.stderr.includes(key));
  }
});

spec('the number of terminals is limited', async () => {
  const s = await start({ args: ['--no-history'] });
  let refusal = null;
  let made = 0;
  while (refusal === null && made < 1100) {
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask(s.unix, { method: 'POST', path: '/api/agent/terminals', body: { command: ['/bin/cat'], cols: 10, rows: 2 } })));
    made += answers.filter((answer) => answer.status === 200).length;
    refusal = answers.find((answer) => answer.status !== 200) ?? null;
  }
  assert.ok(refusal, 'never refused');
  assert.deepEqual([refusal.status, refusal.code], [429, 'limit_reached'], refusal.text);
  assert.equal(made, 1000);
  assert.equal((await s.api('GET', '/api/health')).status, 'ok');
  await s.stop();
}, { timeout: 90_000 });

spec('a ticket is no longer good after 30 seconds', async () => {
  const { s, shell, old_ticket, started } = await fixture();
  await until(() => Date.now() - started > 31_000, 'the ticket to grow old', 40_000);
  const late = await Rpc.open(s.tcp, `/ws/terminal/${shell.id}?ticket=${old_ticket}`);
  assert.equal((await late.until_closed()).code, 4401);
});

spec('after all that the server is well', async () => {
  const { s, shell } = await fixture();
  assert.equal((await s.exec(shell.id, 'echo well')).stdout, 'well\n');
  await s.stop();
});
