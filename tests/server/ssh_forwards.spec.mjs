// Forwards over a real sshd, and of the agent: what they carry, who may open them, and what they outlive.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask, EventStream } from './support/http.mjs';
import { server_with, with_sshd } from './support/ssh_server.mjs';
import { Sshd } from './support/sshd.mjs';
import { after_the_end, Client, digest, echoing, listening, through_socks } from './support/streams.mjs';
import { spec } from './support/suite.mjs';

const opens = async (s, params) => {
  const answer = await s.call('POST', '/forwards', params);
  assert.equal(answer.status, 200, answer.message);
  return answer.data;
};
const forwards = async (s) => (await s.call('GET', '/forwards')).data.forwards;
const forward = async (s, id) => (await forwards(s)).find((one) => one.id === id);
const box = async (sshd, s, more) => s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key(), ...more });

/** One of each kind to `port`, with what connects through it. */
async function each_kind(s, connection_id, port, more = {}) {
  const target = { target_host: 'localhost', target_port: port };
  const local = await opens(s, { connection_id, kind: 'local', ...target, ...more });
  const remote = await opens(s, { connection_id, kind: 'remote', ...target, ...more });
  const dynamic = await opens(s, { connection_id, kind: 'dynamic', ...more });
  return [
    { ...local, reach: () => Client.open(local.port) },
    // sshd takes a free port of one family, and does without the other where somebody else has that port.
    { ...remote, reach: () => Client.open(remote.port).catch(() => Client.open(remote.port, '::1')) },
    { ...dynamic, reach: () => through_socks(dynamic.port, 'localhost', port) },
  ];
}

spec('ssh forwards: each kind carries 20 MB both ways, byte for byte, and keeps half closes', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(after_the_end);
  const id = await box(sshd, s);
  const kinds = await each_kind(s, id, target.port);
  for (const { kind, id: forward_id, reach } of kinds) {
    const bytes = randomBytes(20_000_000);
    const client = await reach();
    const back = await client.end(bytes).all();
    assert.deepEqual([back.length, digest(back)], [bytes.length, digest(bytes)], kind);
    await until(async () => (await forward(s, forward_id)).connections === 0, `the end of the connection through ${kind}`);
    const note = await forward(s, forward_id);
    assert.deepEqual([note.state, note.connections_total, note.bytes_to_host, note.bytes_from_host], ['listening', 1, 20_000_000, 20_000_000], kind);
  }
  // Many at once, each with its own bytes.
  const many = await Promise.all(Array.from({ length: 60 }, async (_, i) => {
    const bytes = Buffer.alloc(50_000, i + 1);
    return (await (await kinds[i % 3].reach()).end(bytes).all()).equals(bytes);
  }));
  assert.ok(many.every(Boolean));
  assert.equal(kinds[0].bind, '127.0.0.1');
  assert.equal(kinds[1].bind, 'localhost');
  await target.close();
}));

spec('ssh forwards: one reader that is slow stops its own connection only', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(echoing);
  const id = await box(sshd, s);
  const [local] = await each_kind(s, id, target.port);
  const slow = await local.reach();
  slow.socket.pause();
  const bytes = randomBytes(30_000_000);
  slow.send(bytes);
  const quick = await local.reach();
  const small = randomBytes(1_000_000);
  assert.equal(digest(await quick.end(small).all()), digest(small));
  assert.equal((await s.good(id, 'echo here')).stdout, 'here\n');
  slow.socket.resume();
  assert.equal(digest(await slow.end().all()), digest(bytes));
  await target.close();
}));

spec('ssh forwards: targets that refuse, ports that are taken, hosts that forward nothing', async () => {
  await with_sshd({}, async (sshd, s) => {
    const id = await box(sshd, s);
    const closed = await listening(() => undefined);
    await closed.close();
    const kinds = await each_kind(s, id, closed.port);
    for (const { kind, id: forward_id, reach } of kinds) {
      const client = await reach();
      assert.equal((await client.all()).length, 0, kind);
      await until(async () => (await forward(s, forward_id)).trouble, `the trouble of ${kind}`);
      assert.match((await forward(s, forward_id)).trouble, /not connected to localhost port|cannot be reached: Connection refused/, kind);
      if (kind === 'dynamic') assert.equal(client.code, 5);
    }
    const nowhere = await through_socks(kinds[2].port, 'no-such-host.invalid', 80);
    assert.equal(nowhere.code, 5);
    // The port of one that listens.
    for (const kind of ['local', 'remote']) {
      const taken = await s.call('POST', '/forwards', { connection_id: id, kind, port: kinds[kind === 'local' ? 0 : 1].port, target_host: 'localhost', target_port: 1 });
      assert.deepEqual([taken.status, taken.code], [502, 'upstream'], taken.message);
      assert.match(taken.message, kind === 'local' ? /cannot listen at 127.0.0.1 port \d+: Address already in use/ : /does not listen at localhost port \d+: the port is taken/);
    }
  });
  await with_sshd({ lines: ['AllowTcpForwarding no'] }, async (sshd, s) => {
    const id = await box(sshd, s);
    const refused = await s.call('POST', '/forwards', { connection_id: id, kind: 'remote', target_host: 'localhost', target_port: 22 });
    assert.deepEqual([refused.status, refused.code], [502, 'upstream']);
    assert.match(refused.message, /AllowTcpForwarding/);
    const local = await opens(s, { connection_id: id, kind: 'local', target_host: 'localhost', target_port: 22 });
    assert.equal((await (await Client.open(local.port)).all()).length, 0);
    await until(async () => (await forward(s, local.id)).trouble, 'the trouble');
    assert.match((await forward(s, local.id)).trouble, /does not allow connections.*AllowTcpForwarding/);
    const dynamic = await opens(s, { connection_id: id, kind: 'dynamic' });
    assert.equal((await through_socks(dynamic.port, 'localhost', 22)).code, 2);
  });
});

spec('ssh forwards: a connection that the host refuses ends nothing else', () => with_sshd({}, async (sshd, s) => {
  const id = await box(sshd, s);
  const [began, go] = [`${sshd.folder}/began`, `${sshd.folder}/go`];
  // The first channel of the connection.
  const run = s.run(id, `: > ${began}; while [ ! -e ${go} ]; do sleep 0.05; done; echo done`);
  await until(() => existsSync(began), 'the command to begin');
  const local = await opens(s, { connection_id: id, kind: 'local', target_host: 'localhost', target_port: 1 });
  assert.equal((await (await Client.open(local.port)).all()).length, 0);
  await until(async () => (await forward(s, local.id)).trouble, 'the trouble');
  writeFileSync(go, '');
  const { data } = await run;
  assert.deepEqual([data.status, data.stdout, data.exit_code], ['completed', 'done\n', 0]);
}));

spec('ssh forwards: what is no SOCKS, and what it is not used for, gets a no', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(echoing);
  const id = await box(sshd, s);
  const { port } = await opens(s, { connection_id: id, kind: 'dynamic' });
  const answer_to = async (...pieces) => {
    const client = await Client.open(port);
    for (const piece of pieces) client.send(Buffer.from(piece));
    return [...(await client.all())];
  };
  assert.deepEqual(await answer_to('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), []);
  assert.deepEqual(await answer_to([5, 1, 2]), [5, 255]);
  assert.deepEqual((await answer_to([5, 1, 0], [5, 2, 0, 1, 127, 0, 0, 1, 0, 80])).slice(0, 4), [5, 0, 5, 7]);
  assert.deepEqual((await answer_to([5, 1, 0], [5, 1, 0, 9, 0, 0, 0, 0, 0, 80])).slice(0, 4), [5, 0, 5, 8]);
  assert.deepEqual(await answer_to(Buffer.concat([Buffer.from([4, 1, 0, 80, 1, 2, 3, 4]), Buffer.alloc(4000, 'u')])), [0, 0x5b, 0, 0, 0, 0, 0, 0]);
  // SOCKS 4a, byte by byte, with something for the target behind it.
  const old = await Client.open(port);
  for (const byte of [4, 1, target.port >> 8, target.port & 255, 0, 0, 0, 1, 109, 0, ...Buffer.from('localhost'), 0]) old.send(Buffer.from([byte]));
  assert.equal((await old.end('early').until(13)).subarray(8).toString(), 'early');
  assert.equal((await forward(s, (await forwards(s))[0].id)).state, 'listening');
  await target.close();
}));

spec('ssh forwards: who may listen where, and what is no forward', () => with_sshd({}, async (sshd, s) => {
  const id = await box(sshd, s);
  const token = await s.server.token('plain', ['ssh']);
  const call = async (body) => {
    const answer = await ask(s.server.tcp, { method: 'POST', path: '/api/agent/ssh/forwards', headers: { Authorization: `Bearer ${token}` }, body });
    return { status: answer.status, code: answer.code, text: answer.text, json: answer.json };
  };
  const target = { connection_id: id, target_host: 'localhost', target_port: 22 };
  for (const [params, words] of [[{ kind: 'local', bind: '0.0.0.0' }, /beyond loopback/], [{ kind: 'local', bind: '*' }, /beyond loopback/], [{ kind: 'local', bind: '::' }, /beyond loopback/], [{ kind: 'remote' }, /server's network/]]) {
    const denied = await call({ ...target, ...params });
    assert.deepEqual([denied.status, denied.code], [403, 'denied'], JSON.stringify(params));
    assert.match(denied.text, words);
  }
  for (const bind of ['127.0.0.1', 'localhost', '::1', '']) assert.equal((await call({ ...target, kind: 'local', bind })).status, 200, bind);
  assert.equal((await opens(s, { ...target, kind: 'local', bind: '*' })).bind, '0.0.0.0');
  for (const [params, field] of [[{ kind: 'sideways' }, 'kind'], [{ kind: 'local', bind: 'box.example.org' }, 'bind'], [{ kind: 'local', target_host: '-oProxyCommand=x' }, 'target_host'], [{ kind: 'local', target_port: 0 }, 'target_port'], [{ kind: 'local', port: 65536 }, 'port'], [{ kind: 'dynamic' }, 'target_host'], [{ kind: 'remote', bind: 'a b' }, 'bind']]) {
    const refused = await s.call('POST', '/forwards', { ...target, ...params });
    assert.deepEqual([refused.status, refused.code], [400, 'invalid_params'], JSON.stringify(params));
    assert.match(JSON.stringify(refused.data), new RegExp(field));
  }
  assert.equal((await s.call('POST', '/forwards', { ...target, connection_id: 'nowhere', kind: 'local' })).status, 404);
  assert.equal((await s.call('DELETE', '/forwards/nothing')).status, 404);
  // What an administrator has allowed one host, nobody else gives to another.
  await opens(s, { ...target, kind: 'remote', keep: true });
  const put = (path, body) => ask(s.server.tcp, { method: 'PUT', path: `/api/agent/ssh/connections/${path}`, headers: { Authorization: `Bearer ${token}` }, body });
  const moved = await put(id, { host: 'evil.example.org' });
  assert.deepEqual([moved.status, moved.code], [403, 'denied']);
  assert.match(moved.text, /kept remote forward/);
  assert.equal((await put(id, { title: 'still the box' })).status, 200);
  const trusted = await s.add({ title: 'trusted', auth_type: 'agent', agent_forwarding: true });
  assert.match((await put(trusted, { host: 'evil.example.org' })).text, /may use the agent/);
  assert.equal((await put(trusted, { host: 'evil.example.org', agent_forwarding: false })).status, 200);
  const entries = (await s.server.api('GET', '/api/audit?limit=200')).entries;
  assert.ok(entries.some((one) => one.method === 'ssh.forwards.open' && one.outcome === 'denied'));
}));

spec('ssh forwards: a killed worker costs no byte of any kind, and the next one knows them all', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(echoing);
  const id = await box(sshd, s);
  const kinds = await each_kind(s, id, target.port);
  const pieces = [randomBytes(3_000_000), randomBytes(3_000_000)];
  const clients = await Promise.all(kinds.map(({ reach }) => reach()));
  for (const client of clients) client.send(pieces[0]);
  await s.server.kill_worker();
  for (const client of clients) client.send(pieces[1]);
  await s.server.back();
  const whole = digest(Buffer.concat(pieces));
  for (const [i, client] of clients.entries()) assert.equal(digest(await client.until(6_000_000)), whole, kinds[i].kind);
  await until(async () => (await forwards(s)).length === 3, 'the next worker to know them');
  const known = await forwards(s);
  for (const { id: forward_id, kind, port } of kinds) {
    const note = known.find((one) => one.id === forward_id);
    assert.deepEqual([note.kind, note.port, note.state, note.connections], [kind, port, 'listening', 1]);
  }
  // New ones through each, and the end of a forward is that of its connections.
  for (const [i, { id: forward_id, port, kind, reach }] of kinds.entries()) {
    const small = randomBytes(1000);
    assert.equal(digest(await (await reach()).end(small).all()), digest(small), kind);
    assert.equal((await s.call('DELETE', `/forwards/${forward_id}`)).status, 200);
    assert.equal(digest(await clients[i].all()), whole, kind);
    await until(() => Client.open(port).then((client) => client.destroy(), () => true), `${kind} to listen no more`);
  }
  assert.deepEqual(await forwards(s), []);
  await target.close();
}));

spec('ssh forwards: kept ones come back after the host, the server and a hang-up; others do not', async () => {
  const target = await listening(after_the_end);
  const sshd = await Sshd.start();
  const s = await server_with(sshd);
  const id = await box(sshd, s);
  const kinds = await each_kind(s, id, target.port, { keep: true });
  const gone = await opens(s, { connection_id: id, kind: 'local', target_host: 'localhost', target_port: target.port });
  const all_back = (t) => until(async () => {
    const now = await forwards(t);
    return now.length === 3 && now.every((one) => one.state === 'listening' && one.keep);
  }, 'all kept forwards to listen');
  const carry = async () => {
    for (const { kind, reach } of kinds) assert.equal((await (await reach()).end('through').all()).toString(), 'through', kind);
  };
  await sshd.vanish();
  await until(async () => (await forwards(s)).every((one) => one.state === 'reconnecting' && one.error), 'the loss to be told');
  assert.equal(await forward(s, gone.id), undefined);
  await sshd.listen();
  await all_back(s);
  await carry();
  // A hang-up is meant: they wait for whoever connects.
  assert.equal((await s.call('POST', `/connections/${id}/hang_up`)).data.was_connected, true);
  assert.ok((await forwards(s)).every((one) => one.state === 'failed' && /hung up/.test(one.error)));
  await s.good(id, 'true');
  await all_back(s);
  await carry();
  // The whole server ends and starts.
  const { home } = s.server;
  await s.server.stop();
  const again = { ...s, server: await start({ home }) };
  again.call = async (method, path, body) => {
    const answer = await ask(again.server.unix, { method, path: `/api/agent/ssh${path}`, body });
    return { status: answer.status, data: answer.json };
  };
  await all_back(again);
  await carry();
  // An edited connection takes them along; a deleted one takes them away.
  const other = await Sshd.start();
  await writeFile(`${other.folder}/authorized`, await readFile(`${sshd.folder}/authorized`));
  await again.server.api('PUT', `/api/agent/ssh/connections/${id}`, { port: other.port });
  await all_back(again);
  await carry();
  await again.server.api('DELETE', `/api/agent/ssh/connections/${id}`);
  await until(async () => (await forwards(again)).length === 0, 'the forwards to end');
  for (const { port, kind } of kinds) await until(() => Client.open(port).then((client) => client.destroy(), () => true), `${kind} to listen no more`);
  await again.server.stop();
  await sshd.stop();
  await other.stop();
  await target.close();
});

spec('ssh forwards: by the command line, and what is told of them', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(after_the_end);
  const id = await box(sshd, s);
  const events = await EventStream.open(s.server.unix, { path: '/api/agent/events/stream' });
  const opened = await s.server.cli(['ssh', 'forward', 'box', '-L', `0:localhost:${target.port}`, '-D', '0', '--keep']);
  assert.equal(opened.code, 0, opened.stderr);
  const lines = opened.stdout.trim().split('\n').map((line) => /^(\S+) 127\.0\.0\.1:(\d+)$/.exec(line));
  const [one, other] = lines.map((line) => line[1]);
  const port = Number(lines[0][2]);
  assert.equal((await (await Client.open(port)).end('by hand').all()).toString(), 'by hand');
  const listed = await s.server.cli(['ssh', 'forward', 'box']);
  assert.match(listed.stdout, new RegExp(`${one} +local +127.0.0.1:${port} +localhost:${target.port} +listening, kept`));
  assert.match(listed.stdout, /SOCKS/);
  assert.equal((await s.call('GET', `/connections/${id}`)).data.connection.forwards.length, 2);
  for (const forward_id of [one, other]) assert.equal((await s.server.cli(['ssh', 'forward', '--close', forward_id])).code, 0);
  assert.deepEqual((await s.call('GET', `/connections/${id}`)).data.connection.forwards, []);
  assert.match((await s.server.cli(['ssh', 'forward'])).stdout, /no forwards/);
  for (const [args, words] of [[['box', '-L', '8080'], /no forward/], [['-D', '0'], /Say which/], [['--close', 'nothing'], /no forward of that id/], [['box', 'x'], /too much/]]) {
    const wrong = await s.server.cli(['ssh', 'forward', ...args]);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, words);
  }
  await events.next((item) => item.json?.action === 'ssh_forward' && item.json.forward_id === other && item.json.state === 'closed', 'the end to be told');
  const told = events.items.filter((item) => item.json?.action === 'ssh_forward').map((item) => [item.json.forward_id, item.json.state]);
  assert.deepEqual(told, [[one, 'listening'], [other, 'listening'], [one, 'closed'], [other, 'closed']]);
  events.close();
  await target.close();
}));

spec('ssh agent: only a connection that forwards it lets the host use it', async () => {
  const sshd = await Sshd.start();
  const sock = `${sshd.folder}/agent`;
  const agent = spawn('ssh-agent', ['-D', '-a', sock], { stdio: 'ignore' });
  await until(() => existsSync(sock), 'the agent');
  const key = await sshd.key();
  const listed = () => spawnSync('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: sock } }).stdout.toString();
  spawnSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: sock } });
  const s = await server_with(sshd, { env: { SSH_AUTH_SOCK: sock } });
  const id = await s.add({ title: 'with', auth_type: 'agent', agent_forwarding: true });
  const there = await s.good(id, 'ssh-add -l; for i in 1 2 3 4 5; do ssh-add -l > /dev/null & done; wait; ssh-add -l');
  assert.equal(there.stdout, listed() + listed());
  const terminal = await s.server.api('POST', '/api/agent/terminals', { connection_id: id });
  await s.server.at_prompt(terminal.id);
  assert.match(JSON.stringify(await s.server.exec(terminal.id, 'ssh-add -l')), /SHA256:/);
  // Taken back, it is gone for what comes next.
  assert.equal((await s.call('PUT', `/connections/${id}`, { agent_forwarding: false })).status, 200);
  assert.equal((await s.good(id, 'echo "${SSH_AUTH_SOCK:-none}"')).stdout, 'none\n');
  const without = await s.add({ title: 'without', auth_type: 'agent' });
  assert.equal((await s.good(without, 'echo "${SSH_AUTH_SOCK:-none}"')).stdout, 'none\n');
  // An agent that has ended is no reason not to run.
  assert.equal((await s.call('PUT', `/connections/${id}`, { agent_forwarding: true, auth_type: 'key', private_key_path: key })).status, 200);
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGTERM');
  await ended;
  assert.match((await s.good(id, 'ssh-add -l 2>&1; echo ran')).stdout, /ran\n$/);
  await s.server.stop();
  await sshd.stop();
});

spec('ssh run: an input that is read late arrives whole', () => with_sshd({}, async (sshd, s) => {
  const id = await box(sshd, s);
  const go = `${sshd.folder}/go`;
  const input = randomBytes(5_500_000);
  const run = s.run(id, `while [ ! -e ${go} ]; do sleep 0.05; done; sha256sum`, { stdin_b64: input.toString('base64'), timeout: 60, force: true });
  assert.equal((await s.good(id, `: > ${go}; echo on`)).stdout, 'on\n');
  const done = await run;
  assert.equal(done.status, 200, done.message);
  assert.equal(done.data.stdout, `${digest(input)}  -\n`);
}));

spec('ssh forwards: those that are kept come with an export, and open on the other server once it connects', () => with_sshd({}, async (sshd, s) => {
  const target = await listening(after_the_end);
  const id = await box(sshd, s);
  const kinds = await each_kind(s, id, target.port, { keep: true });
  await opens(s, { connection_id: id, kind: 'local', target_host: 'localhost', target_port: target.port });
  const exported = await s.server.api('GET', '/api/settings/export');
  assert.deepEqual(exported.ssh_connections[0].forwards.map((one) => [one.kind, one.port, one.id]), kinds.map((one) => [one.kind, one.port, undefined]));
  // Two servers cannot listen at the same ports.
  await s.server.stop();
  const text = JSON.stringify(exported);
  const other = await server_with(sshd);
  try {
    const guest = await other.server.token('guest', ['ssh']);
    const import_as = (token, more) => ask(other.server.tcp, { method: 'POST', path: '/api/agent/ssh/import', headers: { Authorization: `Bearer ${token}` }, body: { format: 'duotty', text, ...more } });
    const tried = await import_as(guest, { dry_run: true });
    assert.equal(tried.json.notes.filter((note) => /box: a remote forward at localhost is not taken: it needs the scope admin/.test(note)).length, 1, tried.text);
    assert.deepEqual(await forwards(other), []);
    const done = await import_as(other.token);
    assert.equal(done.json.imported, 1, done.text);
    assert.ok(done.json.notes.every((note) => !/forward/.test(note)), done.text);
    const waiting = await forwards(other);
    assert.deepEqual(waiting.map((one) => [one.keep, one.state]), Array(3).fill([true, 'failed']));
    assert.match(waiting[0].error, /opens with the next connection/);
    assert.ok(waiting.every((one) => kinds.every((before) => before.id !== one.id)));
    await other.good(done.json.connections[0].id, 'true');
    await until(async () => (await forwards(other)).every((one) => one.state === 'listening'), 'all of them to listen');
    for (const { reach } of kinds) assert.equal((await (await reach()).end('through').all()).toString(), 'through');
    assert.equal((await other.call('DELETE', `/forwards/${(await forwards(other))[0].id}`)).status, 200);
    assert.equal((await other.server.api('GET', '/api/settings/export')).ssh_connections[0].forwards.length, 2);
  } finally {
    await other.server.stop();
    await target.close();
  }
}));
