// Terminals on hosts against a real sshd: everything that local ones do, and what is different.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Model } from './support/model.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const count = (text, pattern) => [...text.matchAll(pattern)].length;

/** Command lines of the processes whose standard files are the terminal at `path`, or that have `word` in them. */
const command_lines = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
  try {
    return [{ pid: Number(pid), text: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ') }];
  } catch {
    return [];
  }
});

/** A host with the user `visitor`, whose home is empty, and a server with a connection to it called `box`. */
async function with_host(body, more = {}) {
  const sshd = await Sshd.start({ password: 'x' });
  const s = await start();
  const home = `${sshd.folder}/visitor`;
  const connect = (fields) => s.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), host_key_policy: 'accept_new', auth_type: 'key', ...fields });
  try {
    const { id } = await connect({ title: 'box', private_key_path: await sshd.key(), ...more });
    await body({ sshd, s, home, id, connect });
  } finally {
    await s.stop();
    await sshd.stop();
  }
}

/** The marks of a shell are there. */
const integrated = (s, id) => until(async () => {
  const now = await s.get(id);
  return now.integration && now.state === 'prompt' && now;
}, `the integration of ${id}`);

const screen_has = (s, id, pattern) => until(async () => pattern.test((await s.screen(id)).join('\n')), `${pattern} on the screen`);

spec('a terminal on a host: type, read, resize, exec, blocks, signals, the end', () => with_host(async ({ sshd, s, home, id }) => {
  await writeFile(`${home}/.bash_profile`, 'echo read the profile\nPROFILE=yes\n', { mode: 0o644 });
  const made = await s.create({ connection_id: 'box', shell: 'bash', cols: 100, rows: 30, name: 'far' });
  assert.deepEqual([made.type, made.connection_id, made.host, made.port, made.username, made.name], ['ssh', id, '127.0.0.1', sshd.port, 'visitor', 'far']);
  const ready = await integrated(s, made.id);
  assert.deepEqual([ready.shell, ready.cwd], ['bash', home]);
  await screen_has(s, made.id, /read the profile/);
  const run = (command, more) => s.exec(made.id, command, more);
  const both = await run('echo out; id -un; stty size; shopt -q login_shell && echo login; echo $PROFILE; (exit 7)');
  assert.deepEqual([both.status, both.exit_code, both.exit_source, both.stdout], ['completed', 7, 'mark', 'out\nvisitor\n30 100\nlogin\nyes\n']);
  assert.equal((await run('echo "a!b"; printf "%s\\n" \'two\nlines\' # and a comment')).stdout, 'a!b\ntwo\nlines\n');
  const aside = await run('pwd; echo $WORD', { cwd: '/usr', env: { WORD: "it's" } });
  assert.deepEqual([aside.stdout, aside.cwd], ["/usr\nit's\n", home]);
  assert.equal((await run('cd /usr/bin')).cwd, '/usr/bin');
  assert.equal((await s.get(made.id)).cwd, '/usr/bin');
  await assert.rejects(run('cat', { stdin_b64: 'eA==' }), /501.*ssh\.run takes it/);

  const watcher = await Viewer.open(s.tcp, made.id, {});
  await watcher.next((frame) => frame.type === 'presence', 'the greeting');
  await s.api('POST', `/api/agent/terminals/${made.id}/resize`, { cols: 91, rows: 21 });
  await until(async () => (await run('stty size')).stdout === '21 91\n', 'the size to arrive');
  watcher.type(1, 'echo typed; sleep 0.3; false\r');
  const { block } = await watcher.next((frame) => frame.type === 'block' && frame.block.status === 'completed' && frame.block.exit_code === 1, 'the end of the command');
  assert.equal(typeof block.duration_ms, 'number');
  const { commands } = await s.api('GET', `/api/agent/terminals/${made.id}/commands?limit=1`);
  assert.deepEqual([commands[0].command, commands[0].exit_code, commands[0].cwd, commands[0].by], ['echo typed; sleep 0.3; false', 1, '/usr/bin', 'human']);
  await watcher.close();

  const long = run('sleep 60', { timeout: 1, on_timeout: 'interrupt' });
  assert.equal((await long).exit_code, 130);
  const late = await run('echo begun; sleep 60', { timeout: 1 });
  assert.deepEqual([late.status, late.stdout, late.foreground ?? null, late.process ?? null], ['timeout', 'begun\n', null, null]);
  await assert.rejects(run('echo too early'), /409.*is busy: another command is running/);
  await s.api('POST', `/api/agent/terminals/${made.id}/signal`, { signal: 'INT' });
  await s.api('POST', `/api/agent/terminals/${made.id}/wait`, { prompt: true, max_wait_ms: 20_000 });

  const last = await run('exit 5');
  assert.deepEqual([last.status, last.exit_code], ['shell_exited', 5]);
  const gone = await s.get(made.id);
  assert.deepEqual([gone.alive, gone.state, gone.exit_code], [false, 'exited', 5]);
}));

spec('a terminal on a host: nothing is left there, nothing secret is seen there', () => with_host(async ({ s, home, connect, sshd }) => {
  const temporary = () => readdirSync('/tmp').filter((name) => name.startsWith('duotty.'));
  await symlink('/usr/bin/busybox', `${sshd.folder}/ash`);
  for (const shell of ['bash', 'zsh', 'fish', 'dash', 'mksh', `${sshd.folder}/ash`]) {
    const kept = temporary();
    const made = await s.create({ connection_id: 'box', shell, tags: ['all'] });
    await integrated(s, made.id);
    const first = await s.exec(made.id, 'echo one; sh -c "exit 3"');
    assert.deepEqual([first.status, first.exit_code, first.stdout], ['completed', 3, 'one\n'], shell);
    const second = await s.exec(made.id, "echo 'two!'\npwd", { cwd: '/usr' });
    assert.deepEqual([second.exit_code, second.stdout, second.cwd], [0, 'two!\n/usr\n', home], shell);
    assert.deepEqual(temporary(), kept, shell);
    const meta = readdirSync(`${s.home}/duotty/run/t/${made.id}`).includes('start') && readFileSync(`${s.home}/duotty/run/t/${made.id}/start`, 'latin1');
    // Both halves, as they stand in the scripts.
    const halves = /__duotty_k=\(([\w-]+) ([\w-]+)\)/.exec(meta).slice(1);
    assert.deepEqual(command_lines().filter(({ text }) => halves.some((half) => text.includes(half))), [], `${shell} shows the nonce in a command line`);
    assert.deepEqual((await s.exec(made.id, 'env')).stdout.split('\n').filter((line) => halves.some((half) => line.includes(half)) || /^(ENV|ZDOTDIR|POSIXLY_CORRECT|PROMPT_COMMAND|PS1)=/.test(line)), [], shell);
    await s.close(made.id);
  }
  const left = (await readdir(home)).filter((name) => !/^\.(config|local|cache|bash_history|zcompdump.*|zsh_history|ash_history|sh_history|mksh_history)$/.test(name));
  assert.deepEqual(left, []);
  assert.equal(count(sshd.log, /Accepted publickey/g), 1, 'all of them share one connection');
  // Without the integration it is the host's own shell, with what the host says to everybody.
  const plain = await s.create({ connection_id: 'box', integration: false });
  await s.input(plain.id, { data: 'echo "is $((6 * 7))"; exit 4' });
  await until(async () => (await s.get(plain.id)).exit_code === 4, 'the end of a plain shell');
  assert.equal((await s.get(plain.id)).integration, false);
  const killed = await s.create({ connection_id: 'box', command: ['sh', '-c', 'echo "$1"; kill -TERM $$', 'x', "it's a word"] });
  await until(async () => !(await s.get(killed.id)).alive, 'the end of a program');
  assert.equal((await s.get(killed.id)).exit_signal, 'SIGTERM');
  assert.equal((await s.screen(killed.id))[0], "it's a word");
  await connect({ title: 'placed', private_key_path: await sshd.key(), start_directory: '~/below', env: { FROM: 'the "profile"' } });
  await mkdir(`${home}/below`);
  const placed = await s.create({ connection_id: 'placed', shell: 'bash' });
  await integrated(s, placed.id);
  assert.equal((await s.exec(placed.id, 'pwd; echo "$FROM"')).stdout, `${realpathSync(home)}/below\nthe "profile"\n`);
}), { timeout: 120_000 });

spec('a terminal on a host: a question reaches the model with what ran before', () => with_host(async ({ s }) => {
  const model = await Model.start();
  try {
    await model.use(s);
    const made = await s.create({ connection_id: 'box', shell: 'bash' });
    await integrated(s, made.id);
    await s.exec(made.id, 'echo the-far-answer; (exit 9)');
    await s.input(made.id, { data: '# why did it fail' });
    const { text } = await until(() => model.questions[0], 'the question at the model');
    for (const word of ['why did it fail', 'the-far-answer', 'visitor', '127.0.0.1']) assert.ok(text.includes(word), `${word} is not in ${text}`);
    model.say(model.questions[0], 'Because.\n```command\necho mended\n```\n', { last: true });
    await screen_has(s, made.id, /Because\.[^]*\$ echo mended/);
  } finally {
    await model.stop();
  }
}));

spec('a terminal on a host goes on when the worker is killed, with its connection, also through another host', () => with_host(async ({ s, sshd, connect }) => {
  await connect({ title: 'behind', private_key_path: await sshd.key(), proxy_jump: 'box' });
  const made = [];
  for (const connection_id of ['box', 'behind']) {
    const { id } = await s.create({ connection_id, shell: 'bash' });
    await integrated(s, id);
    await s.exec(id, 'kept=$$; echo mark of old');
    made.push({ id, connection_id, pid: (await s.exec(id, 'echo $$')).stdout });
  }
  const accepted = count(sshd.log, /Accepted publickey/g);
  await s.input(made[0].id, { data: 'for i in $(seq 400); do echo line $i; sleep 0.005; done; echo all of it' });
  await s.kill_worker();
  await s.back();
  await screen_has(s, made[0].id, /all of it/);
  for (const { id, pid, connection_id } of made) {
    const now = await until(async () => (await s.get(id)).state === 'prompt' && s.get(id), 'the prompt');
    assert.deepEqual([now.type, now.username, now.integration, now.shell, now.alive], ['ssh', 'visitor', true, 'bash', true]);
    assert.equal((await s.exec(id, 'echo $kept')).stdout, pid);
    assert.match((await s.api('GET', `/api/agent/terminals/${id}/snapshot?since=0`)).output, /mark of old/);
    const other = await s.create({ connection_id, shell: 'bash' });
    await integrated(s, other.id);
    assert.equal((await s.exec(other.id, 'echo new')).stdout, 'new\n');
  }
  assert.equal(count(sshd.log, /Accepted publickey/g), accepted, 'nobody signed in again');
}), { timeout: 60_000 });

spec('a connection that is edited stays for its terminals, and hanging up ends them', () => with_host(async ({ s, sshd, id, connect }) => {
  const first = await s.create({ connection_id: 'box', shell: 'bash' });
  await integrated(s, first.id);
  const behind = await connect({ title: 'behind', private_key_path: await sshd.key(), proxy_jump: 'box' });
  const third = await s.create({ connection_id: 'behind', shell: 'bash' });
  await integrated(s, third.id);
  await s.api('PUT', `/api/agent/ssh/connections/${behind.id}`, { host: 'localhost' });
  assert.equal((await s.api('POST', '/api/agent/ssh/behind/run', { command: 'echo anew' })).stdout, 'anew\n');
  await s.api('PUT', `/api/agent/ssh/connections/${id}`, { host: 'localhost' });
  const second = await s.create({ connection_id: 'box', shell: 'bash' });
  await integrated(s, second.id);
  assert.deepEqual([second.host, (await s.get(first.id)).host], ['localhost', '127.0.0.1']);
  assert.equal(count(sshd.log, /Accepted publickey/g), 4);
  assert.equal((await s.exec(third.id, 'echo still here')).stdout, 'still here\n', 'its way is still there');
  assert.equal((await s.exec(first.id, 'echo still here')).stdout, 'still here\n');
  await s.kill_worker();
  await s.back();
  assert.equal((await s.api('POST', `/api/agent/ssh/connections/${id}/hang_up`, {})).was_connected, true);
  await until(async () => !(await s.get(second.id)).alive, 'the terminal to end');
  assert.equal((await s.get(second.id)).exit_code, 255);
  await screen_has(s, second.id, /\[The SSH connection was closed\.\]/);
  for (const { id: old } of [first, third]) assert.equal((await s.exec(old, 'echo still here')).stdout, 'still here\n');
}), { timeout: 60_000 });

spec('a host that is lost, refuses, or is not asked for what it knows', () => with_host(async ({ s, sshd, connect }) => {
  const before = await s.api('GET', '/api/agent/terminals');
  const refused = async (body, status, code) => {
    const answer = await ask(s.unix, { method: 'POST', path: '/api/agent/terminals', body });
    assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
    return answer;
  };
  await refused({ type: 'ssh' }, 400, 'invalid_params');
  await refused({ connection_id: 'nowhere' }, 404, 'not_found');
  await refused({ connection_id: 'box', env: { 'A;touch /tmp/x': '1' } }, 400, 'invalid_params');
  await refused({ connection_id: 'box', shell: 'ba\0sh' }, 400, 'invalid_params');
  await refused({ connection_id: 'box', cwd: '/\0' }, 400, 'invalid_params');
  await refused({ connection_id: 'box', command: ['rm', '-rf', '/'] }, 403, 'denied');
  await connect({ title: 'away', host: '127.0.0.2', port: 1 });
  const away = await refused({ connection_id: 'away' }, 502, 'unreachable');
  assert.equal(away.json.error.details.step, 'connect');
  const token = await s.token('no-ssh', ['read', 'type', 'exec']);
  const outsider = await ask(s.tcp, { method: 'POST', path: '/api/agent/terminals', headers: { Authorization: `Bearer ${token}` }, body: { connection_id: 'box' } });
  assert.deepEqual([outsider.status, outsider.code], [403, 'denied']);
  assert.deepEqual((await s.api('GET', '/api/agent/terminals')).terminals, before.terminals);
  const missing = await s.create({ connection_id: 'box', shell: 'no-such-shell' });
  await until(async () => (await s.get(missing.id)).exit_code === 127, 'the end of a shell that is not there');
  await screen_has(s, missing.id, /There is no shell no-such-shell\./);
  const lost = await s.create({ connection_id: 'box', shell: 'bash' });
  await integrated(s, lost.id);
  // The sshd of the connection, which is the shell's parent.
  const shell = Number((await s.exec(lost.id, 'echo $$')).stdout);
  const parent = (pid) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
  process.kill(parent(shell), 'SIGKILL');
  await until(async () => (await s.get(lost.id)).exit_code === 255, 'the lost terminal to end');
  await screen_has(s, lost.id, /\[The SSH connection was closed\.\]|\[The connection was lost: .*\]/);
  const again = await s.create({ connection_id: 'box', shell: 'bash' });
  await integrated(s, again.id);
  assert.ok(sshd.log.length > 0);
}), { timeout: 60_000 });

spec('a host whose account runs something else than a shell gets what the host gives', async () => {
  const sshd = await Sshd.start({ password: 'x', lines: ['ForceCommand echo only this; cat'] });
  const s = await start();
  try {
    await s.api('POST', '/api/agent/ssh/connections', { ...sshd.connection(), title: 'menu', host_key_policy: 'accept_new', auth_type: 'key', private_key_path: await sshd.key() });
    const made = await s.create({ connection_id: 'menu' });
    await screen_has(s, made.id, /only this[^]*only this/);
    await s.input(made.id, { data: 'to the program' });
    await screen_has(s, made.id, /to the program\nto the program/);
    assert.equal((await s.get(made.id)).integration, false);
  } finally {
    await s.stop();
    await sshd.stop();
  }
}, { timeout: 60_000 });

spec('duotty ssh shell makes a terminal there and attaches to it', () => with_host(async ({ s }) => {
  const made = await s.cli(['new', '--on', 'box', '--name', 'by-cli']);
  assert.equal(made.code, 0, made.stderr);
  const info = await s.get('by-cli');
  assert.deepEqual([info.type, info.host, info.id], ['ssh', '127.0.0.1', made.stdout.trim()]);
  const local = await s.shell({ shell: '/bin/bash', cols: 100, rows: 30 });
  await s.input(local.id, { data: `DUOTTY_HOME=${s.home}/duotty ${process.env.DUOTTY_BIN} ssh shell box` });
  const far = await until(async () => (await s.api('GET', '/api/agent/terminals')).terminals.find((one) => one.type === 'ssh' && one.id !== info.id), 'the terminal');
  await until(async () => (await s.get(far.id)).viewers === 1, 'somebody to be attached');
  await s.api('POST', `/api/agent/terminals/${local.id}/input`, { data: 'id -un; exit 6' });
  await until(async () => (await s.get(far.id)).exit_code === 6, 'the end of the shell');
  await screen_has(s, local.id, /the program ended with exit code 6/);
}), { timeout: 60_000 });
