// Hosts that misbehave behind a right handshake: silent at some step, opening what nobody asked for, lying in every answer.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { quarantine_kib } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { allow_signal, HostileSsh, open_agent, sessions } from './support/hostile_ssh.mjs';
import { server_with } from './support/ssh_server.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const children_of = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
const rss_kib = (pid) => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** Hosts behind a server; what is given is stopped in the end. */
async function with_hosts(hosts, body, options) {
  const s = await server_with(hosts[0], options);
  try {
    await body(s);
  } finally {
    await s.server.stop();
    for (const host of hosts) await host.stop();
  }
}

const files = (s, verb, params) => ask(s.server.tcp, { path: `/api/files/${verb}?${new URLSearchParams(params)}`, headers: { Authorization: `Bearer ${s.token}` } });

spec('ssh: a host that falls silent at any step costs its own caller the patience of that step, and nobody else anything', async () => {
  const run = (s, id) => s.run(id, 'true', { timeout: 5 });
  const list = (s, id) => files(s, 'list', { connection_id: id, path: '/' });
  const says_version = (stream) => {
    let got = 0;
    stream.on('data', (data) => {
      if (got === 0) stream.write(Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3]));
      got += data.length;
    });
  };
  const steps = {
    'who signs in is not answered': [(client) => client.on('authentication', () => undefined), run, 'timeout'],
    'no session is opened': [() => undefined, run, 'upstream'],
    'the command is not taken': [sessions((session) => session.on('exec', () => undefined)), run, 'upstream'],
    'the command never ends': [sessions((session) => session.on('exec', (accept) => accept())), run, null],
    'SFTP is not taken': [sessions((session) => session.on('subsystem', () => undefined)), list, 'upstream'],
    'SFTP does not say its version': [sessions((session) => session.on('subsystem', (accept) => accept())), list, 'upstream'],
    'SFTP answers nothing': [sessions((session) => session.on('subsystem', (accept) => says_version(accept()))), list, 'timeout'],
  };
  const good = await Sshd.start();
  const hosts = await Promise.all(Object.values(steps).map(([behave]) => HostileSsh.start(behave)));
  await with_hosts([...hosts, good], async (s) => {
    const working = await s.add({ ...good.connection(), title: 'works', auth_type: 'key', private_key_path: await good.key() });
    const pending = Object.entries(steps).map(async ([name, [, call, code]], i) => {
      const answer = await call(s, await s.add({ ...hosts[i].connection(), title: name }));
      if (code) assert.equal(answer.code, code, `${name}: ${answer.message ?? answer.text}`);
      else assert.deepEqual([answer.data?.status, answer.data?.exit_code], ['timeout', null], `${name}: ${JSON.stringify(answer.data)}`);
      return name;
    });
    const all = Promise.all(pending);
    let over = false;
    all.then(() => (over = true), () => (over = true));
    let meanwhile = 0;
    await until(async () => {
      assert.equal((await s.good(working, 'echo here')).stdout, 'here\n');
      meanwhile += 1;
      return over;
    }, 'all of them to give up', 120_000);
    assert.equal((await all).length, Object.keys(steps).length);
    assert.ok(meanwhile > 1);
  });
}, { timeout: 200_000 });

spec('ssh: channels that a host opens unasked are refused, however many, and our agent hears nothing', async () => {
  const refused = { agent: 0, x11: 0, forwarded: 0 };
  const each = 500;
  let opened = 0;
  const behave = sessions((session, client) => session.on('exec', (accept) => {
    const stream = accept();
    let left = each * 3;
    const answered = (kind) => (error) => {
      if (error) refused[kind] += 1;
      else opened += 1;
      if ((left -= 1) > 0) return;
      stream.write('done\n');
      stream.exit(0);
      stream.end();
    };
    for (let i = 0; i < each; i += 1) {
      open_agent(client, answered('agent'));
      client.x11('10.0.0.1', 6000 + i, answered('x11'));
      client.forwardOut('127.0.0.1', 22, '10.0.0.1', 1000 + i, answered('forwarded'));
    }
  }));
  const host = await HostileSsh.start(behave);
  let heard = 0;
  const agent = createServer((socket) => (heard += 1, socket.destroy()));
  const folder = mkdtempSync(join(tmpdir(), 'duotty-agent-'));
  await new Promise((resolve) => agent.listen(join(folder, 'agent'), resolve));
  await with_hosts([host], async (s) => {
    const id = await s.add({ title: 'opener' });
    const done = await s.good(id, 'anything', { timeout: 60 });
    assert.deepEqual([done.stdout, done.exit_code, opened], ['done\n', 0, 0]);
    assert.deepEqual(refused, { agent: each, x11: each, forwarded: each });
    assert.equal((await s.good(id, 'again', { timeout: 60 })).stdout, 'done\n');
    assert.equal(heard, 0);
  }, { env: { SSH_AUTH_SOCK: join(folder, 'agent') } });
  agent.close();
  rmSync(folder, { recursive: true });
});

spec('ssh: banners, outputs and last words of any length and kind end in an answer', async () => {
  const wild = allow_signal('\x1b[2J\nKILL'.repeat(200));
  const noise = Buffer.alloc(1 << 20, 'noise and \x1b]0;title\x07 \x9b31m\r\n', 'latin1');
  const endless = await HostileSsh.start(sessions((session) => session.on('exec', (accept) => {
    const stream = accept();
    let on = true;
    stream.on('close', () => (on = false));
    const more = () => {
      while (on && stream.write(noise));
      if (on) stream.once('drain', more);
    };
    stream.on('error', () => undefined);
    more();
  })), { banner: noise.toString('latin1').slice(0, 200_000) });
  const liar = await HostileSsh.start(sessions((session) => session.on('exec', (accept, _reject, { command }) => {
    const stream = accept();
    stream.on('error', () => undefined);
    if (command === 'signal') stream.exit(wild, true, '\x1b]0;x\x07'.repeat(100));
    if (command === 'twice') stream.exit(3), stream.exit(4);
    if (command === 'negative') stream.exit(0xffffffff);
    stream.end();
  })));
  await with_hosts([endless, liar], async (s) => {
    const id = await s.add({ ...endless.connection(), title: 'endless' });
    const flood = await s.good(id, 'anything', { timeout: 5 });
    assert.deepEqual([flood.status, flood.exit_code, flood.truncated], ['timeout', null, true], JSON.stringify({ ...flood, stdout: '', stdout_b64: '' }));
    const { worker_pid } = await s.server.info();
    for (const pid of [worker_pid, ...children_of(s.server.pid)]) {
      assert.ok(rss_kib(pid) < 200 * 1024 + 3 * quarantine_kib(pid), `${pid}: ${rss_kib(pid)} KiB`);
    }
    const other = await s.add({ ...liar.connection(), title: 'liar' });
    const signal = await s.good(other, 'signal');
    assert.equal(signal.exit_code, null);
    assert.doesNotMatch(JSON.stringify(signal), /\\u001b|\\n/);
    assert.ok([3, 4].includes((await s.good(other, 'twice')).exit_code));
    await s.good(other, 'negative');
    const nothing = await s.good(other, 'nothing');
    assert.deepEqual([nothing.exit_code, nothing.signal ?? null, nothing.status], [null, null, 'completed']);
  });
});

spec('ssh: SFTP answers that make no sense end in an error, soon, and the connection is made anew', async () => {
  const u32 = (number) => Buffer.from([number >>> 24, number >> 16 & 255, number >> 8 & 255, number & 255]);
  const packet = (...parts) => {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? u32(part) : Buffer.from(part, 'latin1'))));
    return Buffer.concat([u32(body.length), body]);
  };
  const version = packet('\x02', 3);
  const lies = [
    Buffer.from('Welcome to this host!\r\n'), u32(0), u32(0xffffffff), packet('\x02', 99), packet('\x02'), packet('\x63', 1, 2, 3),
    Buffer.concat([version, u32(0x7fffffff)]), Buffer.concat([version, packet('\x68', 77, 1)]), Buffer.concat([version, packet('\x65', 1)]),
    (id) => packet('\x68', id, 0x7fffffff, 5, 'abcde'), (id) => packet('\x66', id, 0xffffffff, 'x'), (id) => packet('\x69', id, 0xffffffff),
    (id) => packet('\x68', id, 1, 3, '../', 0, 0), (id) => packet('\x65', id, 4, 0x7fffffff, 'no'), (id) => packet('\x67', id, 10, 'short'), (id) => packet('\x65', id, 0, 0, 0),
  ];
  let lie = null;
  const host = await HostileSsh.start(sessions((session) => session.on('subsystem', (accept) => {
    const stream = accept();
    stream.on('error', () => undefined);
    const mine = lie;
    let greeted = false;
    stream.on('data', (data) => {
      if (typeof mine !== 'function') return greeted || ((greeted = true), stream.write(mine));
      if (!greeted) return (greeted = true), stream.write(version);
      stream.write(mine(data.readUInt32BE(5)));
    });
  })));
  await with_hosts([host], async (s) => {
    const id = await s.add({ title: 'liar' });
    for (const [i, one] of lies.entries()) {
      lie = one;
      const answer = await files(s, 'list', { connection_id: id, path: '/x' });
      assert.ok([404, 409, 502, 504].includes(answer.status), `${i}: ${answer.status} ${answer.text}`);
      assert.ok(answer.json.error.message.length > 10, answer.text);
      await s.call('POST', `/connections/${id}/hang_up`, {});
    }
    assert.equal((await ask(s.server.tcp, { path: '/api/health' })).status, 200);
  });
}, { timeout: 200_000 });
