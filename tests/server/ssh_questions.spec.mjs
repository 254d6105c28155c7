// Signing in where somebody has to answer: passwords that are not stored, questions of the host, passphrases.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { ask, EventStream } from './support/http.mjs';
import { with_sshd } from './support/ssh_server.mjs';
import { Sshd } from './support/sshd.mjs';
import { spec } from './support/suite.mjs';

const interactive = ['UsePAM yes', 'KbdInteractiveAuthentication yes'];
const by_password = ['UsePAM yes', 'PasswordAuthentication yes'];

const connect = (s, id, more = {}) => s.call('POST', `/${id}/connect`, more);
const answer = (s, id, round, answers, more = {}) => s.call('POST', `/${id}/answer`, { round, answers, ...more });

/** The questions of an answer that is expected to have some. */
function asked(got, texts) {
  assert.deepEqual([got.status, got.data.state], [200, 'awaiting_auth'], JSON.stringify(got.data));
  assert.deepEqual(got.data.questions.prompts.map((one) => one.text.trim()), texts);
  return got.data.questions;
}

spec('ssh questions: a password that is not stored is asked for, wherever the connection is needed', () => with_sshd({ password: 'grüß gott', lines: by_password }, async (sshd, s) => {
  const id = await s.add({ title: 'asks', auth_type: 'password' });
  const events = await EventStream.open(s.server.unix, { path: '/api/agent/events/stream' });
  const met = await s.run(id, 'true');
  assert.deepEqual([met.status, met.code, met.details.step, met.details.reason, met.details.connection_id], [409, 'awaiting_auth', 'sign_in', 'awaiting_auth', id], met.message);
  assert.deepEqual(met.details.questions.prompts, [{ text: 'Password for visitor@127.0.0.1', hidden: true }]);
  assert.equal(met.details.host_key.fingerprint, sshd.fingerprint());
  assert.deepEqual(met.details.steps.map((one) => one.step), ['connect', 'host_key']);
  const list = await ask(s.server.tcp, { path: `/api/files/list?path=~&connection_id=${id}`, headers: { Authorization: `Bearer ${s.token}` } });
  assert.deepEqual([list.status, list.code, list.json.error.details.questions.round], [409, 'awaiting_auth', met.details.questions.round]);
  const content = await ask(s.server.tcp, { path: `/api/files/content?path=/etc/passwd&connection_id=${id}`, headers: { Authorization: `Bearer ${s.token}` } });
  assert.deepEqual([content.status, content.json.error.details.questions.round], [409, met.details.questions.round]);

  const { round } = asked(await connect(s, id), ['Password for visitor@127.0.0.1']);
  assert.equal(round, met.details.questions.round, 'the attempt is the same');
  for (const [answers, status, code] of [[['a', 'b'], 400, 'invalid_params'], [['x'.repeat(4097)], 400, 'invalid_params'], [Array(33).fill('x'), 400, 'invalid_params']]) {
    const refused = await answer(s, id, round, answers);
    assert.deepEqual([refused.status, refused.code], [status, code], refused.message);
  }
  assert.equal((await answer(s, id, round + 1, ['x'])).code, 'conflict');
  const again = asked(await answer(s, id, round, ['very wrong secret']), ['Password for visitor@127.0.0.1']);
  assert.ok(again.round > round);
  assert.match(again.instruction, /not right/);
  assert.equal((await answer(s, id, round, ['x'])).code, 'conflict', 'a round that is over');
  const done = await answer(s, id, again.round, ['grüß gott']);
  assert.deepEqual([done.status, done.data.state, done.data.method, done.data.connection_id, done.data.reused], [200, 'connected', 'password', id, false], done.message);
  assert.equal((await s.good(id, 'id -un')).stdout, 'visitor\n');
  const there = await connect(s, id);
  assert.deepEqual([there.data.state, there.data.reused, there.data.host_key.fingerprint], ['connected', true, sshd.fingerprint()]);
  assert.equal((await answer(s, id, again.round, ['x'])).code, 'conflict');

  await s.call('POST', `/connections/${id}/hang_up`);
  const states = () => events.items.filter((item) => item.json?.action === 'ssh_connection').map((item) => item.json.state);
  await events.next((item) => item.json?.action === 'ssh_connection' && item.json.state === 'disconnected', 'the end of the connection');
  assert.deepEqual(states(), ['connecting', 'awaiting_auth', 'connecting', 'awaiting_auth', 'connecting', 'connected', 'disconnected']);
  const told = events.items.filter((item) => item.json?.action === 'ssh_connection');
  assert.ok(told.every((item) => item.json.connection_id === id));
  assert.doesNotMatch(JSON.stringify(told), /Password/);
  events.close();
  // Answers are nowhere: not in what the server says, nor in its files.
  const state = join(s.server.home, 'duotty', 'state');
  const kept = readdirSync(state, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => readFileSync(join(one.path ?? one.parentPath, one.name), 'latin1')).join('');
  assert.doesNotMatch(kept + s.server.output(), /very wrong secret/);
  assert.match(kept, /ssh\.answer/, 'the audit has the call');
}));

spec('ssh questions: three wrong answers, none, and an attempt that is given up', () => with_sshd({ password: 'sesame', lines: interactive }, async (sshd, s) => {
  const id = await s.add({ title: 'interactive', auth_type: 'keyboard-interactive' });
  let questions = asked(await connect(s, id), ['Password:']);
  assert.equal(questions.prompts[0].hidden, true);
  for (const wrong of ['1', '2']) questions = asked(await answer(s, id, questions.round, [wrong], { wait_ms: 60_000 }), ['Password:']);
  const refused = await answer(s, id, questions.round, ['3'], { wait_ms: 60_000 });
  assert.deepEqual([refused.status, refused.code, refused.details?.step], [502, 'upstream', 'sign_in'], refused.message);
  questions = asked(await connect(s, id), ['Password:']);
  const given_up = await answer(s, id, questions.round, []);
  assert.deepEqual([given_up.status, given_up.details.reason], [503, 'unanswered'], given_up.message);
  assert.match(given_up.message, /nobody has answered/);
  // Hanging up ends an attempt that waits too.
  questions = asked(await connect(s, id), ['Password:']);
  await s.call('POST', `/connections/${id}/hang_up`);
  assert.equal((await answer(s, id, questions.round, ['sesame'])).code, 'conflict');
  questions = asked(await connect(s, id), ['Password:']);
  assert.equal((await answer(s, id, questions.round, ['sesame'])).data.state, 'connected');
  const tested = (await s.call('POST', `/connections/${id}/test`)).data;
  assert.deepEqual([tested.ok, tested.reason], [false, 'unanswered'], 'a test asks nobody');
  // A password that is stored meanwhile is used at once.
  const later = await s.add({ title: 'later', auth_type: 'keyboard-interactive' });
  asked(await connect(s, later), ['Password:']);
  assert.equal((await s.call('PUT', `/connections/${later}`, { password: 'sesame' })).status, 200);
  assert.equal((await s.good(later, 'echo stored')).stdout, 'stored\n');
  // The stored password goes first; only when it is refused somebody is asked.
  const stored = await s.add({ title: 'stored', auth_type: 'keyboard-interactive', password: 'old one' });
  questions = asked(await connect(s, stored), ['Password:']);
  assert.match(questions.instruction, /not right/);
  assert.equal((await answer(s, stored, questions.round, ['sesame'])).data.state, 'connected');
  const said = (await s.call('POST', `/connections/${await s.add({ title: 'old', auth_type: 'keyboard-interactive', password: 'old one' })}/test`)).data;
  assert.deepEqual([said.ok, said.reason], [false, 'refused'], said.message);
}));

spec('ssh questions: the passphrase of a key, and a host that wants more than the key', () => with_sshd({ password: 'sesame', lines: interactive }, async (sshd, s) => {
  for (const options of [{ passphrase: 'open it' }, { passphrase: 'open it', format: 'PEM' }]) {
    const path = await sshd.key(options.format ? 'rsa' : 'ed25519', options);
    for (const more of [{}, { passphrase: 'not that' }]) {
      const id = await s.add({ title: `${path} ${JSON.stringify(more)}`, auth_type: 'key', private_key_path: path, ...more });
      let questions = asked(await connect(s, id), ['Passphrase of the key for visitor@127.0.0.1']);
      questions = asked(await answer(s, id, questions.round, ['wrong']), ['Passphrase of the key for visitor@127.0.0.1']);
      assert.equal((await answer(s, id, questions.round, ['open it'])).data.state, 'connected');
      assert.equal((await s.good(id, 'echo in')).stdout, 'in\n');
    }
  }
  const locked = await s.add({ title: 'locked', auth_type: 'key', private_key: await readFile(await sshd.key('ed25519', { passphrase: 'x' }), 'utf8') });
  let questions = asked(await connect(s, locked), ['Passphrase of the key for visitor@127.0.0.1']);
  for (const wrong of ['1', '2']) questions = asked(await answer(s, locked, questions.round, [wrong]), ['Passphrase of the key for visitor@127.0.0.1']);
  const failed = await answer(s, locked, questions.round, ['3']);
  assert.deepEqual([failed.status, failed.details.reason], [503, 'bad_key'], failed.message);
  // A key that the host does not take is told, and no question of the host hides it.
  const stranger = await sshd.key();
  await writeFile(`${sshd.folder}/authorized`, '');
  const refused = await s.run(await s.add({ title: 'stranger', auth_type: 'key', private_key_path: stranger }), 'true');
  assert.deepEqual([refused.status, refused.details.reason], [502, 'refused'], refused.message);
}));

spec('ssh questions: a second factor after the key', () => with_sshd({ password: 'sesame', lines: [...interactive, 'AuthenticationMethods publickey,keyboard-interactive'] }, async (sshd, s) => {
  const id = await s.add({ title: 'two steps', auth_type: 'key', private_key_path: await sshd.key() });
  const questions = asked(await connect(s, id), ['Password:']);
  const done = await answer(s, id, questions.round, ['sesame']);
  assert.deepEqual([done.data.state, done.data.method], ['connected', 'keyboard-interactive'], done.message);
}));

spec('ssh questions: a host on the way asks', () => with_sshd({ password: 'sesame', lines: by_password }, async (sshd, s) => {
  const behind = await Sshd.start();
  try {
    const gate = await s.add({ title: 'gate', auth_type: 'password' });
    const made = await s.call('POST', '/connections', { ...behind.connection(), title: 'behind', auth_type: 'key', private_key_path: await behind.key(), proxy_jump: 'gate', host_key_policy: 'accept_new' });
    const met = await s.run(made.data.id, 'true');
    assert.deepEqual([met.status, met.code, met.details.connection_id], [409, 'awaiting_auth', gate], met.message);
    const shown = await connect(s, made.data.id);
    assert.deepEqual([shown.data.state, shown.data.connection_id], ['awaiting_auth', gate]);
    assert.equal((await answer(s, gate, shown.data.questions.round, ['sesame'])).data.state, 'connected');
    assert.equal((await s.good(made.data.id, 'echo through')).stdout, 'through\n');
    assert.equal((await connect(s, made.data.id)).data.state, 'connected');
  } finally {
    await behind.stop();
  }
}));

spec('ssh questions: the command line asks at its terminal, and says so where there is none', () => with_sshd({ password: 'sesame', lines: by_password }, async (sshd, s) => {
  const id = await s.add({ title: 'vault', auth_type: 'password' });
  const piped = await s.server.cli(['ssh', 'run', 'vault', '--', 'true'], { stdin: 'sesame\n' });
  assert.deepEqual([piped.code, piped.stdout], [77, '']);
  assert.match(piped.stderr, /duotty ssh connect/);
  const without = await s.server.cli(['ssh', 'connect', 'vault', '--json']);
  assert.equal(without.code, 77);
  assert.equal(JSON.parse(without.stderr).error.code, 'awaiting_auth');
  const shell = await s.server.shell({ env: { DUOTTY_HOME: join(s.server.home, 'duotty') } });
  const shows = (pattern) => until(async () => pattern.test((await s.server.screen(shell.id)).join('\n')), String(pattern));
  const type = (data) => s.server.input(shell.id, { data, enter: false });
  await type(`clear; ${process.env.DUOTTY_BIN} ssh run vault -- 'echo "user=$(id -un)"'; echo status=$?\r`);
  await shows(/Password for visitor@127\.0\.0\.1:/);
  await type('wrong\r');
  await shows(/not right[^]*Password for visitor@127\.0\.0\.1:/);
  await type('sesame\r');
  await shows(/user=visitor\s+status=0/);
  assert.doesNotMatch((await s.server.screen(shell.id)).join('\n'), /sesame|wrong/);
  await s.call('POST', `/connections/${id}/hang_up`);
  await type(`clear; echo on''ce; ${process.env.DUOTTY_BIN} ssh connect vault; echo status=$?\r`);
  await shows(/once\s+Password for/);
  await type('\x03');
  await shows(/given up[^]*status=75/);
  await type(`clear; echo aga''in; ${process.env.DUOTTY_BIN} files --on vault ls '~'; echo status=$?\r`);
  await shows(/again\s+Password for/);
  await type('sesame\r');
  await shows(/status=0/);
}));
