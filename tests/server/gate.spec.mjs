// The gate: destructive commands of programs are refused on every way to a shell, people's never. What is refused here
// would do no harm if it ran.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Model } from './support/model.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

async function with_shell(body) {
  const s = await main_server();
  const { id } = await s.shell({});
  const post = (what, request, headers = {}) =>
    ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/${what}`, body: request, headers });
  const as = (token) => (what, request) =>
    ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/${what}`, body: request, headers: { Authorization: `Bearer ${token}` } });
  const since = (await s.api('GET', '/api/agent/events/recent?limit=1')).events.at(-1)?.id ?? 0;
  const events = async (action) =>
    (await s.api('GET', `/api/agent/events/recent?since_id=${since}`)).events.filter((event) => event.action === action && event.terminal_id === id);
  const screen = async () => (await s.screen(id)).join('\n').trimEnd();
  try {
    await body({ s, id, post, as, events, screen });
  } finally {
    await s.close(id).catch(() => undefined);
  }
}

spec('gate: exec answers rejected, says why, and runs nothing', () =>
  with_shell(async ({ s, id, events, screen }) => {
    const before = await screen();
    const result = await s.exec(id, 'ls\nhistory -c');
    assert.deepEqual(
      { ok: result.ok, status: result.status, reason: result.reason, exit_code: result.exit_code, stdout: result.stdout, alive: result.alive },
      { ok: false, status: 'rejected', reason: 'destructive', exit_code: null, stdout: '', alive: true },
    );
    assert.deepEqual({ rule: result.gate.rule, level: result.gate.level, word: result.gate.word }, { rule: 'wipe-history', level: 'destructive', word: '-c' });
    assert.match(result.gate.message, /"force": true/);
    assert.equal(await screen(), before);
    const [told] = await events('command_rejected');
    assert.deepEqual({ method: told.method, rule: told.rule, word: told.word, command: told.command }, { method: 'terminal.exec', rule: 'wipe-history', word: '-c', command: 'ls\\nhistory -c' });
    assert.equal((await s.exec(id, 'echo "history -c"; echo rm -rf /')).stdout, 'history -c\nrm -rf /\n');
    assert.equal((await events('command_rejected')).length, 1);
  }));

spec('gate: force is for callers with the scope', () =>
  with_shell(async ({ s, id, as, events }) => {
    const agent = as(await s.handshake_token());
    const refused = (await agent('exec', { command: 'history -c', force: true })).json;
    assert.equal(refused.status, 'rejected');
    assert.match(refused.gate.message, /scope "force"/);
    const insisting = as(await s.token('insists', ['read', 'type', 'exec', 'force']));
    assert.equal((await insisting('exec', { command: 'history -c' })).json.status, 'rejected');
    const done = (await insisting('exec', { command: 'history -c', force: true })).json;
    assert.deepEqual({ status: done.status, exit_code: done.exit_code, rule: done.gate.rule }, { status: 'completed', exit_code: 0, rule: 'wipe-history' });
    assert.equal((await s.exec(id, 'history -c', { force: true })).status, 'completed');
    assert.equal((await events('command_forced')).length, 2);
    assert.equal((await events('command_rejected')).length, 2);
  }));

spec('gate: what is only worth a word runs with it', () =>
  with_shell(async ({ s, id, events }) => {
    const result = await s.exec(id, 'cd /; git -C /nowhere-at-all reset --hard 2>/dev/null');
    assert.equal(result.status, 'completed');
    assert.deepEqual({ rule: result.gate.rule, level: result.gate.level }, { rule: 'git-discard', level: 'caution' });
    assert.equal((await s.exec(id, 'true')).gate, undefined);
    assert.equal((await events('command_rejected')).length, 0);
  }));

spec('gate: what a shell reads as data is judged, what others read is not; jobs and fresh terminals are no way around it', () =>
  with_shell(async ({ s, id, events }) => {
    const data = (text) => ({ stdin_b64: Buffer.from(text).toString('base64') });
    for (const command of ['sh', 'bash -s', 'env A=1 sh # to the end']) {
      const result = await s.exec(id, command, data('true\nhistory -c\n'));
      assert.deepEqual({ command, status: result.status, rule: result.gate?.rule }, { command, status: 'rejected', rule: 'wipe-history' });
    }
    assert.equal((await s.exec(id, 'cat', data('history -c\n'))).stdout, 'history -c\n');
    for (const more of [{ background_after: 5 }, { isolated: true }, { isolated: true, ...data('history -c\n') }]) {
      const result = await s.exec(id, more.stdin_b64 ? 'sh' : 'history -c', more);
      assert.deepEqual({ more, status: result.status, rule: result.gate?.rule }, { more, status: 'rejected', rule: 'wipe-history' });
    }
    assert.equal((await events('command_rejected')).length, 6);
  }));

spec('gate: a path is judged by where it leads from the directory of the command', () =>
  with_shell(async ({ s, id }) => {
    await mkdir(join(s.home, 'a', 'b', 'c'), { recursive: true });
    const rule = async (command, more) => (await s.exec(id, command, more)).gate?.rule;
    assert.equal(await rule('rm -rf ../..', { cwd: join(s.home, 'a', 'b') }), 'rm-home');
    assert.equal(await rule('rm -rf "$WHERE"', { env: { WHERE: s.home } }), 'rm-home');
    assert.equal(await rule(`cd ${s.home}/a/b`), undefined);
    assert.equal(await rule('rm -rf ../../*'), 'rm-home');
    assert.equal(await rule('rm -rf ../b/c'), undefined);
    assert.equal((await s.exec(id, 'ls')).stdout, '');
  }));

spec('gate: a line is judged when it is entered, also when it came in pieces', () =>
  with_shell(async ({ s, id, post, events, screen }) => {
    const whole = await post('input', { data: 'history -c' });
    assert.deepEqual([whole.status, whole.code, whole.json.error.field], [403, 'denied', 'data']);
    assert.match(whole.json.error.message, /wipes what shells remember \(rule wipe-history, at "-c"\)/);
    for (const data of ['hist', 'ory ', '-c']) assert.equal((await post('input', { data, enter: false })).status, 200);
    assert.equal((await post('input', { keys: ['enter'], enter: false })).code, 'denied');
    assert.equal((await post('input', { data: '\r', enter: false })).code, 'denied');
    assert.equal((await post('input', { keys: ['backspace', 'backspace'], data: '5' })).status, 200);
    await until(async () => /[$#] history 5\n/.test(`${await screen()}\n`), 'the harmless line');
    await s.at_prompt(id);
    assert.equal((await post('input', { data: 'echo "history -c"' })).status, 200);
    await until(async () => /\nhistory -c\n/.test(await screen()), 'the words');
    const forced = await post('input', { data: 'history -c', force: true });
    assert.deepEqual([forced.status, forced.json.gate.rule], [200, 'wipe-history']);
    assert.equal((await events('command_rejected')).length, 3);
  }));

spec('gate: several lines, keys that clear, and text for other programs', () =>
  with_shell(async ({ s, id, post }) => {
    assert.equal((await post('input', { data: 'true\nhistory -c\n', enter: false })).code, 'denied');
    await post('input', { data: 'history ', enter: false });
    assert.equal((await post('input', { keys: ['ctrl+u'], data: 'true' })).status, 200);
    await s.at_prompt(id);
    // A program that edits its own lines is no shell.
    await post('input', { data: 'stty raw -echo; echo be""gun; cat >/dev/null' });
    await until(async () => /begun/.test((await s.screen(id)).join('\n')), 'the program');
    assert.equal((await post('input', { data: 'history -c' })).status, 200);
  }));

spec('gate: what stands on the line already counts, and what a person enters is never judged', () =>
  with_shell(async ({ s, id, post, events, screen }) => {
    const person = await Viewer.open(s.tcp, id, {});
    await person.next((frame) => frame.type === 'presence', 'the end of the greeting');
    person.type(1, 'history ');
    await until(async () => /[$#] history$/.test(await screen()), 'the words of the person');
    assert.equal((await post('input', { data: '-c', timeout: 10 })).code, 'denied');
    person.type(2, '-c; echo cl""eared\r');
    await person.shows(/cleared\r\n/);
    assert.equal((await events('command_rejected')).length, 1);
    await person.close();
  }));

spec('gate: a viewer with a token of a program is judged, whatever role it asks for', () =>
  with_shell(async ({ s, id, events, screen }) => {
    const named = (scopes, role) => s.token(`${scopes.join('-')}-as-${role}-${id}`, ['read', ...scopes]);
    let refused = 0;
    for (const [scopes, role] of [[['type'], 'typist'], [['type', 'exec'], 'agent'], [['type', 'exec'], 'typist'], [['type', 'exec'], 'owner'], [['type', 'exec', 'force'], 'agent']]) {
      const viewer = await Viewer.open(s.tcp, id, { role, headers: { Authorization: `Bearer ${await named(scopes, role)}` } });
      const what = `${scopes} as ${role}`;
      const answer = async (sequence, text) => {
        viewer.frames.length = 0;
        viewer.type(sequence, text);
        const frame = await viewer.next((one) => one.type === 'input_ack' || one.type === 'input_refused', what);
        if (frame.code === 'busy') throw new Error(`${what}: nobody types`);
        return frame;
      };
      // A typist counts as a person who types: the next one waits until it has stopped.
      await until(async () => { viewer.frames.length = 0; viewer.type(1, 'x\x7f'); return (await viewer.next((one) => /^input_/.test(one.type), what)).type === 'input_ack'; }, 'the turn');
      const whole = await answer(2, 'history -c\r');
      assert.deepEqual([whole.type, whole.sequence, whole.code], ['input_refused', 2, 'denied'], what);
      assert.match(whole.message, /wipes what shells remember/);
      for (const [i, piece] of ['hist', 'ory', ' -', 'c'].entries()) assert.equal((await answer(3 + i, piece)).type, 'input_ack', what);
      assert.equal((await answer(7, '\r')).code, 'denied', what);
      assert.equal((await answer(8, '\x15echo ok\r')).type, 'input_ack', what);
      refused += 2;
      // What was acknowledged is on its way: the terminal may still stand at the prompt before it.
      await until(async () => (await screen()).match(/^ok$/gm)?.length === refused / 2, `${what}: ok`);
      await s.at_prompt(id);
      await viewer.close();
    }
    const told = await events('command_rejected');
    assert.equal(told.length, refused);
    assert.ok(told.every((event) => event.method === 'terminal.attach' && event.rule === 'wipe-history'));
    const rows = await screen();
    assert.equal(rows.match(/^ok$/gm).length, 5, rows);
  }));

spec('gate: a viewer insists by force, when its token may', () =>
  with_shell(async ({ s, id, events }) => {
    for (const [scopes, type] of [[['type', 'exec'], 'input_refused'], [['type', 'exec', 'force'], 'input_ack']]) {
      const token = await s.token(`insists-${scopes.length}-${id}`, ['read', ...scopes]);
      const viewer = await Viewer.open(s.tcp, id, { force: true, headers: { Authorization: `Bearer ${token}` } });
      viewer.type(1, 'history -c\r');
      assert.equal((await viewer.next((one) => /^input_(ack|refused)$/.test(one.type), 'what became of it')).type, type);
      await viewer.close();
    }
    assert.equal((await events('command_forced')).length, 1);
  }));

spec('gate: the socket for agents, base64, raw text and the older tools are the same way', () =>
  with_shell(async ({ s, id, events }) => {
    const token = await s.handshake_token();
    const b64 = (text) => Buffer.from(text).toString('base64');
    const rpc = await Rpc.open(s.tcp, `/ws/agent?token=${token}`);
    const run = await rpc.call('terminal.exec', { terminal_id: id, command: 'history -c' });
    assert.deepEqual([run.type, run.data.ok, run.data.reason], ['result', false, 'destructive']);
    assert.equal((await rpc.call('terminal.exec', { terminal_id: id, command: '', command_b64: b64('true; history -c') })).data.reason, 'destructive');
    for (const params of [{ data: 'history -c' }, { data_b64: b64('history -c') }, { data: 'history -c\r', enter: false, raw: true }, { data: '\x1b[200~history -c\x1b[201~', raw: true }]) {
      assert.equal((await rpc.call('terminal.input', { terminal_id: id, data: '', ...params })).error?.code, 403, JSON.stringify(params));
    }
    await rpc.close();
    const plain = (path, body) => ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/${path}?token=${token}`, body });
    assert.equal((await plain('exec', { command: 'sudo -n history; history -c', timeout: 5 })).json.reason, 'destructive');
    assert.equal((await plain('input', { data: 'history -c', enter: true, wait: true })).status, 403);
    assert.equal((await events('command_rejected')).length, 8);
    assert.equal((await s.exec(id, 'echo untouched')).stdout, 'untouched\n');
  }));

spec('gate: a line that a signal has dropped does not count', () =>
  with_shell(async ({ s, id, post }) => {
    assert.equal((await post('input', { data: 'history -c', enter: false })).status, 200);
    await until(async () => (await s.screen(id)).some((row) => row.endsWith('history -c')), 'the line');
    assert.equal((await post('signal', { signal: 'INT' })).status, 200);
    await until(async () => (await s.screen(id)).some((row, i, rows) => /history -c\^C/.test(row) && /[$#] ?$/.test(rows[i + 1])), 'the next prompt');
    assert.equal((await post('input', { data: 'true' })).status, 200);
  }));

spec('gate: text that is made to be hard to read is answered like any other', () =>
  with_shell(async ({ s, id }) => {
    for (const unit of ['(', '$(', '"$(', '{ ', '${x:-', '<(', 'a=b ', "sh -c '", 'eval ', 'x=$x$x;']) {
      const result = await s.exec(id, `${unit.repeat(Math.floor(900_000 / unit.length))} rm -rf /`);
      assert.deepEqual([result.status, result.reason, result.gate.level], ['rejected', 'destructive', 'destructive'], unit);
    }
    assert.equal((await s.exec(id, 'echo on')).stdout, 'on\n');
  }));

spec('gate: a program of its own instead of a shell is judged too', async () => {
  const s = await main_server();
  const made = await ask(s.unix, { method: 'POST', path: '/api/agent/terminals', body: { command: ['bash', '-c', 'history -c'] } });
  assert.deepEqual([made.status, made.code, made.json.error.field], [403, 'denied', 'command']);
  const harmless = await s.create({ command: ['echo', 'history -c'] });
  await s.close(harmless.id);
});

spec('gate: the command line says what was refused, and --force insists', () =>
  with_shell(async ({ s, id }) => {
    const refused = await s.cli(['exec', id, '--', 'history -c']);
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /wipes what shells remember/);
    assert.equal((await s.cli(['exec', '--force', id, '--', 'history -c'])).code, 0);
    const typed = await s.cli(['send', id, 'history -c']);
    assert.equal(typed.code, 77);
    assert.match(typed.stderr, /wipes what shells remember/);
  }));

spec('gate: a suggestion carries its warning, on the screen and for the viewer', () =>
  with_shell(async ({ s, id, post, screen, events }) => {
    const model = await Model.start();
    const person = await Viewer.open(s.tcp, id, {});
    try {
      await model.use(s);
      await person.next((frame) => frame.type === 'presence', 'the end of the greeting');
      person.type(1, '# forget it all\r');
      const question = await until(() => model.questions[0], 'the question');
      model.say(question, 'Like this.\n```command\nhistory -c\n```\n', { last: true });
      const end = await person.next((frame) => frame.type === 'ask' && frame.state === 'done', 'the end of the answer');
      assert.match(end.warning, /wipes what shells remember/);
      await until(async () => /[$#] history -c$/.test(await screen()), 'the suggestion on the line');
      assert.match((await screen()).replace(/\s+/g, ' '), /Careful: This command wipes what shells remember/);
      assert.equal((await events('command_warned'))[0].rule, 'wipe-history');
      // It is the person who presses Enter: a program that does enters what the program's model wrote.
      const entered = await post('input', { keys: ['enter'], enter: false, timeout: 10 });
      assert.equal(entered.code, 'denied');
    } finally {
      await person.close();
      await model.stop();
    }
  }));
