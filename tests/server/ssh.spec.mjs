// SSH connections against a real sshd: the way there, host keys, signing in, commands.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { ask } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { with_sshd } from './support/ssh_server.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const base64 = (text) => Buffer.from(text).toString('base64');

/** Processes of links below this server's home. */
async function links_of(server) {
  const { processes } = await import('./support/daemon.mjs');
  const { readdirSync, readFileSync } = await import('node:fs');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return processes(pids).filter(({ pid }) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words[1] === 'link' && words[2].startsWith(server.home);
    } catch {
      return false;
    }
  });
}

spec('ssh run: outputs, exit code, signal, input, directory, variables', () => with_sshd({}, async (sshd, s) => {
  const id = await s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key(), env: { FROM: 'profile', BOTH: 'profile' } });
  const both = await s.good(id, 'echo out; echo err >&2; exit 7');
  assert.deepEqual([both.ok, both.status, both.exit_code, both.stdout, both.stderr], [true, 'completed', 7, 'out\n', 'err\n']);
  assert.deepEqual([(await s.good(id, 'kill -TERM $$')).signal, (await s.good(id, 'kill -TERM $$')).exit_code], ['TERM', null]);
  const echoed = await s.good(id, 'cat', { stdin_b64: base64('in\0put \xff') });
  assert.equal(Buffer.from(echoed.stdout_b64 ?? base64(echoed.stdout), 'base64').toString(), 'in\0put \xff');
  assert.equal(Buffer.from((await s.good(id, "printf '\\377\\001'")).stdout_b64, 'base64').toString('hex'), 'ff01');
  assert.equal((await s.good(id, 'pwd; echo "$FROM $BOTH $QUOTED"', { cwd: '/usr', env: { BOTH: 'call', QUOTED: "it's $HOME" } })).stdout, "/usr\nprofile call it's $HOME\n");
  assert.equal((await s.good(id, 'echo ran', { cwd: '/nowhere/at all' })).stdout, '');
  assert.equal((await s.good(id, 'test -t 1 && tput cols', { pty: true, cols: 91 })).stdout.trim(), '91');
  assert.equal((await s.good(id, '', { command_b64: base64('echo by base64') })).stdout, 'by base64\n');
  const large = await s.good(id, 'head -c 3000000 /dev/zero | tr "\\0" x; head -c 2000000 /dev/zero | tr "\\0" y >&2');
  assert.deepEqual([large.stdout.length, large.stderr.length, large.truncated], [3_000_000, 2_000_000, false]);
  const huge = await s.good(id, 'head -c 30000000 /dev/zero | tr "\\0" z');
  assert.deepEqual([huge.truncated, huge.size], [true, 30_000_000]);
  for (const [params, field] of [[{ command: ' ' }, 'command'], [{ command: 'x', stdin_b64: '*' }, 'stdin_b64'], [{ command: 'x', env: { 'A B': 'c' } }, 'env'], [{ command: 'x', timeout: 0 }, 'timeout']]) {
    const refused = await s.call('POST', `/${id}/run`, params);
    assert.deepEqual([refused.status, refused.code], [400, 'invalid_params'], JSON.stringify(params));
    assert.match(JSON.stringify(refused.data), new RegExp(field));
  }
  assert.equal((await s.call('POST', '/nowhere/run', { command: 'true' })).status, 404);
  const destroys = await s.run(id, 'rm -rf /');
  assert.deepEqual([destroys.status, destroys.code], [403, 'denied'], destroys.message);
  assert.equal((await links_of(s.server)).length, 1, 'all runs share one connection');
  const { connection } = (await s.call('GET', `/connections/${id}`)).data;
  assert.ok(connection.last_connected);
}));

// What has no csh is tested with the others.
const shells = ['sh', 'bash', 'zsh', 'fish', 'mksh', 'csh', 'tcsh'].filter((name) => spawnSync(name, ['-c', 'true']).status === 0);

spec('ssh run: directory and variables in any shell', async () => {
  const odd = 'it\'s "q" $HOME !x `id` \\\\ end\\';
  const folder = await mkdtemp(join(tmpdir(), 'duotty-shells-'));
  const there = join(folder, "it's !here");
  await mkdir(there);
  await with_sshd({ lines: [`ForceCommand exec $(cat ${folder}/shell) -c "$SSH_ORIGINAL_COMMAND"`] }, async (sshd, s) => {
    const id = await s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key() });
    for (const shell of shells) {
      await writeFile(join(folder, 'shell'), shell);
      const ran = await s.good(id, 'pwd; printenv ODD; cat', { cwd: there, env: { ODD: odd }, stdin_b64: base64('input') });
      assert.deepEqual([ran.exit_code, ran.stdout, ran.stderr], [0, `${there}\n${odd}\ninput`, ''], shell);
      const nowhere = await s.good(id, 'echo ran', { cwd: join(there, 'none') });
      assert.deepEqual([nowhere.exit_code, nowhere.stdout], [1, ''], shell);
      assert.match(nowhere.stderr, /cd|directory/, shell);
      const [at, home] = (await s.good(id, 'pwd; echo "$HOME"', { cwd: '~/' })).stdout.split('\n');
      assert.equal(at, home, shell);
      const lines = await s.good(id, 'printenv A; echo ran', { env: { A: 'one\ntwo' } });
      if (shell.endsWith('csh')) assert.deepEqual([lines.exit_code, lines.stdout, lines.stderr], [1, '', 'A csh takes no variable of several lines: A\n'], shell);
      else assert.equal(lines.stdout, 'one\ntwo\nran\n', shell);
    }
  });
  await rm(folder, { recursive: true });
});

spec('ssh run: a long input that is no commands is not read for them', () => with_sshd({}, async (sshd, s) => {
  const id = await s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key() });
  const input = Buffer.concat([randomBytes(1_200_000), Buffer.from('\nhistory -c; rm x; dd\n')]);
  const more = { stdin_b64: input.toString('base64') };
  assert.equal((await s.good(id, 'sha256sum', more)).stdout.slice(0, 64), createHash('sha256').update(input).digest('hex'));
  for (const command of ['sh', 'cat | bash', 'psql', 'python3', 'xargs rm -rf', 'history -c; cat']) {
    const refused = await s.run(id, command, more);
    assert.deepEqual([refused.status, refused.code], [403, 'denied'], command);
  }
}));

// As an ordinary user: sshd passes no signals on for root.
spec('ssh run: the timeout ends the command and answers what there was; others are not held up', () => with_sshd({ password: 'x' }, async (sshd, s) => {
  const id = await s.add({ auth_type: 'key', private_key_path: await sshd.key() });
  const mark = `${sshd.folder}/visitor/ended`;
  const late = await s.good(id, `trap 'echo trapped > ${mark}; exit 0' TERM; echo begun; while :; do sleep 0.1; done`, { timeout: 1 });
  assert.deepEqual([late.ok, late.status, late.reason, late.exit_code, late.stdout], [false, 'timeout', 'timeout', null, 'begun\n']);
  await until(() => readFile(mark, 'utf8').then((text) => text === 'trapped\n', () => false), 'the command to be ended');
  // One that writes and is not read by anybody stops only itself.
  const flood = s.run(id, 'yes | head -c 200000000', { timeout: 30 });
  const many = await Promise.all(Array.from({ length: 50 }, (_, i) => s.good(id, `echo ${i}; exit ${i}`)));
  assert.deepEqual(many.map((one) => [one.stdout, one.exit_code]), many.map((_, i) => [`${i}\n`, i]));
  assert.equal((await flood).data.size, 200_000_000);
}));

spec('ssh keys: every type, passphrases, text and file, and what is said of a wrong one', () => with_sshd({}, async (sshd, s) => {
  for (const [type, options] of [['rsa', { bits: 3072 }], ['rsa', { bits: 2048, format: 'PEM' }], ['ecdsa', {}], ['ed25519', {}]]) {
    const path = await sshd.key(type, options);
    const by_file = await s.add({ title: `${path}-file`, auth_type: 'key', private_key_path: path });
    const by_text = await s.add({ title: `${path}-text`, auth_type: 'key', private_key: await readFile(path, 'utf8') });
    for (const id of [by_file, by_text]) assert.equal((await s.good(id, 'echo yes')).stdout, 'yes\n', `${type} ${JSON.stringify(options)}`);
  }
  const locked = await sshd.key('ed25519', { passphrase: 'open sesame' });
  assert.equal((await s.good(await s.add({ title: 'locked', auth_type: 'key', private_key_path: locked, passphrase: 'open sesame' }), 'echo yes')).stdout, 'yes\n');
  const wrong = [
    [{ private_key_path: locked }, 409, 'awaiting_auth', /asks something/],
    [{ private_key_path: locked, passphrase: 'no' }, 409, 'awaiting_auth', /asks something/],
    [{ private_key_path: '/nowhere/key' }, 503, 'bad_key', /no private key \/nowhere\/key/],
  ];
  const stranger = await sshd.key();
  await writeFile(`${sshd.folder}/authorized`, '');
  wrong.push([{ private_key_path: stranger }, 502, 'refused', /refused to sign in with the key SHA256:.*takes publickey/]);
  for (const [index, [more, status, reason, words]] of wrong.entries()) {
    const answer = await s.run(await s.add({ title: `wrong ${index}`, auth_type: 'key', ...more }), 'true');
    assert.deepEqual([answer.status, answer.details?.reason, answer.details?.step], [status, reason, 'sign_in'], answer.message);
    assert.match(answer.message, words);
  }
}));

spec('ssh keys: certificates sign in, and what cannot be read is said with what to do', () => with_sshd({ lines: ['TrustedUserCAKeys /dev/null'] }, async (sshd, s) => {
  const make = (name, args) => {
    const done = spawnSync('ssh-keygen', ['-q', '-f', `${sshd.folder}/${name}`, ...args]);
    assert.equal(done.status, 0, String(done.stderr));
    return `${sshd.folder}/${name}`;
  };
  const authority = make('authority', ['-t', 'ed25519', '-N', '']);
  await sshd.stop_listening();
  sshd.lines = [`TrustedUserCAKeys ${authority}.pub`];
  await sshd.listen();
  for (const type of ['ed25519', 'rsa', 'ecdsa']) {
    const key = make(`by_${type}`, ['-t', type, '-N', '']);
    assert.equal(spawnSync('ssh-keygen', ['-q', '-s', authority, '-I', 'spec', '-n', sshd.user, `${key}.pub`]).status, 0);
    const beside = await s.add({ title: `${type} file`, auth_type: 'key', private_key_path: key });
    assert.equal((await s.good(beside, 'echo in')).stdout, 'in\n', type);
    const private_key = (await readFile(key, 'utf8')) + (await readFile(`${key}-cert.pub`, 'utf8'));
    assert.equal((await s.good(await s.add({ title: `${type} text`, auth_type: 'key', private_key }), 'echo in')).stdout, 'in\n', type);
    await writeFile(`${key}-cert.pub`, await readFile(`${authority}.pub`));
    assert.equal((await s.run(await s.add({ title: `${type} alone`, auth_type: 'key', private_key_path: key }), 'true')).details.reason, 'refused');
  }
  for (const cipher of ['aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com']) {
    const key = make(`locked_${cipher.slice(0, 3)}`, ['-t', 'ed25519', '-N', 'sesame', '-Z', cipher]);
    const answer = await s.run(await s.add({ title: cipher, auth_type: 'key', private_key_path: key, passphrase: 'sesame' }), 'true');
    assert.deepEqual([answer.status, answer.details.reason], [503, 'bad_key'], answer.message);
    assert.match(answer.message, /ssh-keygen -p -Z aes256-ctr/);
  }
}));

spec('ssh: what the host offers is said when nothing of it is used here', () => with_sshd({ lines: ['MACs hmac-sha1', 'Ciphers aes128-ctr', 'MaxSessions 0'] }, async (sshd, s) => {
  const id = await s.add({ auth_type: 'key', private_key_path: await sshd.key() });
  const answer = await s.run(id, 'true');
  assert.deepEqual([answer.status, answer.details.reason], [502, 'protocol'], answer.message);
  assert.match(answer.message, /offers only hmac-sha1, none of which is used here \(in its sshd_config: MACs\)/);
  await sshd.stop_listening();
  sshd.lines = ['MaxSessions 0'];
  await sshd.listen();
  assert.match((await s.run(id, 'true')).message, /allows no sessions \(MaxSessions in its sshd_config\)/);
  await sshd.stop_listening();
  sshd.lines = [`Banner ${sshd.folder}/banner`];
  await writeFile(`${sshd.folder}/banner`, 'hi \x1b]0;x\x07\u202eyou\nthere\n');
  await sshd.listen();
  const { banner } = (await s.call('POST', `/connections/${id}/test`)).data;
  assert.equal(banner.replace(/[^\x20-\x7e\n]/g, '?'), banner, 'nothing but text');
  assert.match(banner, /^hi .*you\nthere\n$/);
}));

spec('ssh passwords: by both methods, wrong ones, and two steps', () => with_sshd({ password: 'grüß gott', lines: ['UsePAM yes', 'PasswordAuthentication yes'] }, async (sshd, s) => {
  const id = await s.add({ title: 'by password', auth_type: 'password', password: 'grüß gott' });
  assert.equal((await s.good(id, 'id -un')).stdout, 'visitor\n');
  const wrong = await s.run(await s.add({ title: 'wrong', auth_type: 'password', password: 'no' }), 'true');
  assert.deepEqual([wrong.status, wrong.details.reason], [502, 'refused'], wrong.message);
  assert.match(wrong.message, /refused to sign in with the password/);
  assert.doesNotMatch(JSON.stringify(wrong.data) + s.server.output(), /grüß gott/);
}));

spec('ssh passwords: keyboard-interactive, alone and after a key', () => with_sshd({ password: 'sesame', lines: ['UsePAM yes', 'KbdInteractiveAuthentication yes'] }, async (sshd, s) => {
  const id = await s.add({ title: 'asked', auth_type: 'keyboard-interactive', password: 'sesame' });
  assert.equal((await s.good(id, 'id -un')).stdout, 'visitor\n');
  assert.equal((await s.good(await s.add({ title: 'as password', auth_type: 'password', password: 'sesame' }), 'id -un')).stdout, 'visitor\n');
  const nobody = (await s.call('POST', `/connections/${await s.add({ title: 'nobody', auth_type: 'keyboard-interactive' })}/test`)).data;
  assert.deepEqual([nobody.ok, nobody.reason], [false, 'unanswered'], nobody.message);
  assert.match(nobody.message, /asks "Password:"/);
}));

spec('ssh passwords: a host that wants a key and a password gets both', () => with_sshd({ password: 'sesame', lines: ['UsePAM yes', 'PasswordAuthentication yes', 'AuthenticationMethods publickey,password'] }, async (sshd, s) => {
  const path = await sshd.key();
  const tested = (await s.call('POST', `/connections/${await s.add({ title: 'both', auth_type: 'key', private_key_path: path, password: 'sesame' })}/test`)).data;
  assert.deepEqual([tested.ok, tested.method], [true, 'password'], tested.message);
  const half = await s.run(await s.add({ title: 'half', auth_type: 'key', private_key_path: path }), 'true');
  assert.deepEqual([half.status, half.details.reason], [502, 'refused'], half.message);
  assert.match(half.message, /takes password/);
}));

spec('ssh host keys: unknown, accepted, changed, and what stands in files', () => with_sshd({ host_keys: ['ed25519', 'ecdsa'] }, async (sshd, s) => {
  const path = await sshd.key();
  const id = await s.add({ title: 'asks', auth_type: 'key', private_key_path: path, host_key_policy: 'ask' });
  const fingerprint = sshd.fingerprint();
  const unknown = await s.run(id, 'true');
  assert.deepEqual([unknown.status, unknown.code, unknown.details.reason], [409, 'conflict', 'host_key_unknown'], unknown.message);
  assert.deepEqual([unknown.details.host_key.fingerprint, unknown.details.host_key.type, unknown.details.host_key.state], [fingerprint, 'ssh-ed25519', 'unknown']);
  assert.doesNotMatch(sshd.log, /Accepted|Failed publickey/, 'nothing was tried before the key was accepted');
  const strict = await s.run(await s.add({ title: 'strict', auth_type: 'key', private_key_path: path, host_key_policy: 'strict' }), 'true');
  assert.match(strict.message, /not in known_hosts/);
  const shown = (await s.call('GET', `/connections/${id}/host_key`)).data;
  assert.deepEqual([shown.fingerprint, shown.state, shown.stored], [fingerprint, 'unknown', []]);
  const agent = await s.server.token('only-ssh', ['ssh']);
  const denied = await ask(s.server.tcp, { method: 'POST', path: `/api/agent/ssh/connections/${id}/host_key`, headers: { Authorization: `Bearer ${agent}` }, body: { fingerprint } });
  assert.equal(denied.status, 403);
  assert.equal((await s.call('POST', `/connections/${id}/host_key`, { fingerprint: 'SHA256:somethingelse' })).status, 409);
  assert.equal((await s.call('POST', `/connections/${id}/host_key`, { fingerprint })).data.state, 'known');
  assert.equal((await s.good(id, 'echo in')).stdout, 'in\n');

  await s.call('POST', `/connections/${id}/hang_up`);
  await sshd.change_host_key();
  sshd.log = '';
  const changed = await s.run(id, 'true');
  assert.deepEqual([changed.status, changed.details.reason], [403, 'host_key_changed'], changed.message);
  for (const one of [fingerprint, sshd.fingerprint()]) assert.ok(changed.message.includes(one), changed.message);
  assert.doesNotMatch(sshd.log, /Accepted|Failed publickey/);
  const tested = (await s.call('POST', `/connections/${id}/test`)).data;
  assert.deepEqual([tested.ok, tested.reason, tested.steps.map((step) => [step.step, step.ok])], [false, 'host_key_changed', [['connect', true], ['host_key', false]]]);
  assert.equal((await s.call('POST', `/connections/${id}/host_key`, { fingerprint: sshd.fingerprint() })).status, 200);
  assert.equal((await s.good(id, 'echo again')).stdout, 'again\n');

  // The key of a type that is known is the one that is asked for.
  const files = `${s.server.home}/duotty/state/known_hosts`;
  const ecdsa = (await readFile(`${sshd.folder}/host_ecdsa.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  await writeFile(files, `[127.0.0.1]:${sshd.port} ${ecdsa}\n`);
  assert.equal((await s.call('GET', `/connections/${id}/host_key`)).data.type, 'ecdsa-sha2-nistp256');
  const ed25519 = (await readFile(`${sshd.folder}/host_ed25519.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  await writeFile(files, `@revoked * ${ed25519}\n[127.0.0.1]:${sshd.port} ${ed25519}\n`);
  const revoked = (await s.call('POST', `/connections/${id}/test`)).data;
  assert.deepEqual([revoked.ok, revoked.reason, revoked.host_key.state], [false, 'host_key_revoked', 'revoked'], revoked.message);
  assert.equal((await s.call('POST', `/connections/${id}/host_key`, { fingerprint: sshd.fingerprint() })).status, 403);
}));

spec('ssh: a connection outlives its worker, is found again, and ends with the keeper', () => with_sshd({}, async (sshd, s) => {
  const id = await s.add({ auth_type: 'key', private_key_path: await sshd.key() });
  const first = await s.good(id, 'echo $PPID');
  const before = await links_of(s.server);
  assert.equal(before.length, 1);
  assert.equal(before[0].parent, s.server.pid, 'the keeper is its parent');
  await s.server.kill_worker();
  await s.server.back();
  assert.equal((await s.good(id, 'echo $PPID')).stdout, first.stdout, 'the same sshd process serves it');
  assert.deepEqual((await links_of(s.server)).map(({ pid }) => pid), before.map(({ pid }) => pid));
  // A link that dies is replaced at the next use.
  process.kill(before[0].pid, 'SIGKILL');
  await until(async () => (await links_of(s.server)).length === 0, 'the link to be gone');
  assert.equal((await s.good(id, 'echo back')).stdout, 'back\n');
  await s.server.stop();
  await until(async () => (await links_of(s.server)).length === 0, 'links to end with the keeper');
}));

spec('ssh: hosts that are not there, hang up, talk nonsense or say nothing', () => with_sshd({}, async (sshd, s) => {
  const say = async (words) => {
    const sockets = new Set();
    const server = createServer((socket) => (sockets.add(socket), socket.on('error', () => undefined), words === null ? socket.destroy() : String(words).startsWith('HTTP') ? socket.end(words) : socket.write(words)));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, stop: () => (sockets.forEach((socket) => socket.destroy()), server.close()) };
  };
  const closed = await say('');
  closed.stop();
  const cases = [
    [closed.port, {}, 'unreachable', 'connect'],
    [22, { host: 'nowhere.invalid' }, 'unreachable', 'resolve'],
  ];
  const servers = [];
  for (const [words, reason] of [[null, 'protocol'], ['HTTP/1.1 400 no\r\n\r\n'.repeat(2000), 'protocol'], [`SSH-2.0-${'x'.repeat(100_000)}`, 'protocol'], [Buffer.from('SSH-2.0-nonsense\r\n\x7f\xff\xff\xff and so on', 'latin1'), 'protocol']]) {
    const server = await say(words);
    servers.push(server);
    cases.push([server.port, {}, reason, 'handshake']);
  }
  for (const [index, [port, more, reason, step]] of cases.entries()) {
    const answer = await s.run(await s.add({ title: `bad ${index}`, port, ...more, auth_type: 'password', password: 'x' }), 'true');
    assert.deepEqual([answer.details?.reason, answer.details?.step], [reason, step], `${index}: ${answer.message}`);
  }
  const mute = await say('SSH-2.0-mute\r\n');
  servers.push(mute);
  const id = await s.add({ title: 'mute', port: mute.port, auth_type: 'password', password: 'x' });
  const pending = s.run(id, 'true');
  const working = await s.add({ title: 'works', auth_type: 'key', private_key_path: await sshd.key() });
  assert.equal((await s.good(working, 'echo meanwhile')).stdout, 'meanwhile\n');
  const late = await pending;
  servers.forEach((server) => server.stop());
  assert.deepEqual([late.status, late.details?.reason, late.details?.step], [504, 'timeout', 'handshake'], late.message);
}));

spec('ssh: a connection that breaks in the middle of a command', () => with_sshd({}, async (sshd, s) => {
  const id = await s.add({ auth_type: 'key', private_key_path: await sshd.key() });
  const pending = s.run(id, 'echo begun; echo $PPID; sleep 60', { timeout: 60 });
  let served = '';
  await until(async () => (served = (await s.good(id, 'echo $PPID')).stdout.trim()), 'the process that serves it');
  const rpc_started = await until(async () => sshd.log.includes('Starting session') || sshd.log.length > 0, 'the session');
  assert.ok(rpc_started);
  process.kill(Number(served), 'SIGKILL');
  const broken = await pending;
  if (broken.status === 200) {
    assert.deepEqual([broken.data.ok, broken.data.status, broken.data.exit_code, broken.data.alive], [false, 'lost', null, false]);
  } else {
    assert.ok(['unreachable', 'upstream'].includes(broken.code), broken.message);
  }
  assert.equal((await s.good(id, 'echo again')).stdout, 'again\n');
}));

spec('ssh: live output over the socket, and the command line', () => with_sshd({}, async (sshd, s) => {
  await s.add({ title: 'box', auth_type: 'key', private_key_path: await sshd.key() });
  const rpc = await Rpc.open(s.server.tcp, `/ws/agent?token=${s.token}`);
  await rpc.next((frame) => frame.type === 'ready', 'ready');
  const end = await rpc.call('ssh.run', { conn_id: 'box', command: 'echo one; echo two >&2' }, '1');
  assert.equal(end.data.stdout, 'one\n');
  const live = rpc.progress('1').map((data) => [data.stream, data.output]);
  assert.deepEqual(live.filter(([stream]) => stream === 'stdout').map(([, text]) => text).join(''), 'one\n');
  assert.deepEqual(live.filter(([stream]) => stream === 'stderr').map(([, text]) => text).join(''), 'two\n');
  await rpc.close();
  const ran = await s.server.cli(['ssh', 'run', 'box', '--', 'echo "$1 out"; echo err >&2; exit 3']);
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [3, ' out\n', 'err\n']);
  const piped = await s.server.cli(['ssh', 'run', 'box', '--stdin', '--', 'tr a-z A-Z'], { stdin: 'words\n' });
  assert.deepEqual([piped.code, piped.stdout], [0, 'WORDS\n']);
  const killed = await s.server.cli(['ssh', 'run', 'box', '--', 'kill -9 $$']);
  assert.equal(killed.code, 137, killed.stderr);
  const slow = await s.server.cli(['ssh', 'run', 'box', '--timeout', '0.5', '--', 'echo begun; sleep 30']);
  assert.deepEqual([slow.code, slow.stdout], [124, 'begun\n']);
  const tested = await s.server.cli(['ssh', 'test', 'box']);
  assert.equal(tested.code, 0, tested.stdout + tested.stderr);
  assert.match(tested.stdout, /ok {4}sign_in: .* by publickey/);
  const shown = await s.server.cli(['ssh', 'accept', 'box']);
  assert.match(shown.stdout, /shows ssh-ed25519 SHA256:.*\(known\)/);
  assert.match((await s.server.cli(['ssh', 'hangup', 'box'])).stdout, /Hung up/);
}));

spec('ssh: through another host, in a circle, and through one that is not stored', () => with_sshd({}, async (sshd, s) => {
  const key = { auth_type: 'key', private_key_path: await sshd.key() };
  const inner = await Sshd.start();
  await writeFile(`${inner.folder}/authorized`, await readFile(`${key.private_key_path}.pub`, 'utf8'));
  const gate = await s.add({ title: 'gate', ...key });
  const far = await s.add({ title: 'far', ...inner.connection(), ...key, proxy_jump: `${sshd.user}@gate` });
  try {
    assert.equal((await s.good(far, 'echo through; cat', { stdin_b64: base64('x'.repeat(300_000)) })).stdout.length, 300_008);
    assert.match(inner.log, /Accepted publickey/);
    assert.equal((await links_of(s.server)).length, 2);
    await s.call('POST', `/connections/${gate}/hang_up`);
    assert.equal((await s.good(far, 'echo anew')).stdout, 'anew\n');
    const lost = await s.run(await s.add({ title: 'lost', ...key, proxy_jump: 'nowhere.example.org' }), 'true');
    assert.deepEqual([lost.status, lost.code, lost.details.reason], [503, 'not_configured', 'jump'], lost.message);
    await s.call('PUT', `/connections/${gate}`, { proxy_jump: 'far' });
    await s.call('POST', `/connections/${far}/hang_up`);
    const circle = await s.run(far, 'true');
    assert.deepEqual([circle.status, circle.details?.reason], [503, 'jump'], circle.message);
    assert.match(circle.message, /circle/);
  } finally {
    await inner.stop();
  }
}));

spec('ssh connections: one that was edited leads elsewhere at once, one that was deleted hangs up', () => with_sshd({}, async (sshd, s) => {
  const other = await Sshd.start();
  try {
    const key = await sshd.key();
    await writeFile(`${other.folder}/authorized`, await readFile(`${key}.pub`));
    const token = await s.server.token('mover', ['ssh', 'files']);
    const rpc = await Rpc.open(s.server.tcp, `/ws/agent?token=${token}`);
    const id = await s.add({ title: 'moving', auth_type: 'key', private_key_path: key });
    const port_of = async () => (await s.good(id, 'echo $SSH_CONNECTION')).stdout.trim().split(' ')[3];
    const files_at = async (path) => JSON.stringify(await rpc.call('files.list', { connection_id: id, path }));
    assert.equal(await port_of(), String(sshd.port));
    assert.match(await files_at(sshd.folder), /host_ed25519/);
    await until(() => /Starting session: subsystem 'sftp'/.test(sshd.log), 'files of the first host');
    assert.equal((await s.call('PUT', `/connections/${id}`, { port: other.port })).status, 200);
    assert.match(await files_at(other.folder), /host_ed25519/);
    await until(() => /Starting session: subsystem 'sftp'/.test(other.log), 'files of the other host');
    assert.equal(await port_of(), String(other.port));
    assert.equal((await links_of(s.server)).length, 1, 'the first connection is hung up');
    assert.equal((await s.call('DELETE', `/connections/${id}`)).status, 200);
    await until(async () => (await links_of(s.server)).length === 0, 'the link to end');
    await rpc.close();
  } finally {
    await other.stop();
  }
}));
