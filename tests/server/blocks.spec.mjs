// Commands as blocks: listed, found again after everything else has gone, and their output read in parts.
import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { main_server, make_home, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Model } from './support/model.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const query = (fields) => new URLSearchParams(fields).toString();
const listed = (s, id, fields = {}) => s.api('GET', `/api/agent/terminals/${id}/commands?${query(fields)}`).then((all) => all.commands);
const found = (s, fields = {}) => s.api('GET', `/api/agent/commands?${query(fields)}`).then((all) => all.commands);
const output = (s, fields) => s.api('GET', `/api/agent/output?${query(fields)}`);
const texts = (commands) => commands.map(({ command }) => command);

/** Types a line as a person at the keyboard would, and waits until the shell has handled it. */
async function typed(s, id, line) {
  const before = await listed(s, id, { limit: 1 });
  await s.input(id, { data: line, enter: true });
  await until(async () => {
    const [last] = await listed(s, id, { limit: 1 });
    return last && last.seq !== before[0]?.seq && last.status !== 'running';
  }, `the end of ${line}`);
  await s.at_prompt(id);
}

spec('a command has its words, directory, exit code, duration and who ran it', async () => {
  const s = await main_server();
  const { id } = await s.shell({ name: 'blocks-one' });
  const run = await s.exec(id, 'cd /tmp; echo hello; false');
  assert.equal(run.output_ref, `${id}:${run.seq}`);
  await typed(s, id, 'echo typed');
  const [second, first] = await listed(s, id);
  assert.equal(first.output_ref, run.output_ref);
  assert.deepEqual([first.command, first.exit_code, first.status, first.by], ['cd /tmp; echo hello; false', 1, 'completed', 'human']);
  assert.ok(first.duration_ms >= 0 && first.user !== '' && first.host !== '' && first.shell.endsWith('bash'));
  assert.equal(first.output_bytes, 7);
  assert.deepEqual([second.command, second.cwd, second.exit_code], ['echo typed', '/tmp', 0]);
  assert.deepEqual(texts(await listed(s, id, { failed: true })), [first.command]);
  assert.deepEqual(texts(await listed(s, id, { q: 'TYPED' })), ['echo typed']);
  assert.deepEqual(texts(await listed(s, id, { before: second.seq })), [first.command]);
  const token = await s.token('blocks-ci', ['read', 'exec']);
  await ask(s.tcp, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo by a token' }, headers: { Authorization: `Bearer ${token}` } });
  assert.deepEqual((await listed(s, id, { by: 'agent' })).map(({ by }) => by), ['agent:blocks-ci']);
  await s.close(id);
});

spec('output: whole, in ranges of bytes and lines, and by pattern', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  const { output_ref } = await s.exec(id, 'printf "\\033[31mline %s €\\033[0m\\n" $(seq 1 2000)');
  const whole = await output(s, { output_ref });
  const lines = Array.from({ length: 2000 }, (_, i) => `line ${i + 1} €`);
  assert.equal(whole.text, `${lines.join('\n')}\n`);
  assert.deepEqual([whole.total_lines, whole.truncated, whole.next_offset], [2000, false, undefined]);
  assert.equal(whole.total_bytes, Buffer.byteLength(whole.text));
  let text = '';
  for (let offset = 0; offset !== undefined; ) {
    const part = await output(s, { output_ref, offset, limit: 1000 });
    assert.ok(Buffer.byteLength(part.text) <= 1000);
    text += part.text;
    offset = part.next_offset;
  }
  assert.equal(text, whole.text);
  const ends = await output(s, { output_ref, head: 2, tail: 1 });
  assert.equal(ends.text, 'line 1 €\nline 2 €\n[1997 lines left out]\nline 2000 €\n');
  assert.deepEqual([ends.omitted_lines, ends.truncated], [1997, true]);
  assert.equal((await output(s, { output_ref, tail: 1 })).text, 'line 2000 €\n');
  assert.equal((await output(s, { output_ref, tail: 5000 })).truncated, false);
  const { grep } = await output(s, { output_ref, pattern: 'LINE 199[0-9] ', case_insensitive: true, context: 1 });
  assert.equal(grep.match_count, 10);
  assert.deepEqual(grep.matches[0], { line_no: 1989, line: 'line 1989 €', match: false });
  assert.equal((await output(s, { terminal_id: id })).command.output_ref, output_ref, 'the last command is the default');
  await s.close(id);
});

spec('the output of a running command is there before it ends', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  await s.input(id, { data: 'echo begun; read line; echo over', enter: true });
  await until(async () => (await s.screen(id)).includes('begun'), 'the command to begin');
  const early = await output(s, { terminal_id: id });
  assert.deepEqual([early.text, early.command.status, early.command.exit_code], ['begun\n', 'running', null]);
  assert.deepEqual(texts(await listed(s, id, { status: 'running' })), ['echo begun; read line; echo over']);
  await s.input(id, { data: 'go', enter: true });
  await s.at_prompt(id);
  assert.equal((await output(s, { terminal_id: id })).text, 'begun\ngo\nover\n');
  await s.close(id);
});

spec('closed terminals and a new server: commands are found and their output is read', async () => {
  const home = await make_home();
  let s = await start({ home });
  const { id } = await s.shell({ name: 'gone' });
  await s.exec(id, 'echo needle-one; exit_with() { return $1; }; exit_with 3');
  await s.exec(id, 'seq 1 3');
  await s.close(id);
  assert.deepEqual(texts(await found(s, { q: 'needle' })), ['echo needle-one; exit_with() { return $1; }; exit_with 3']);
  await s.stop();
  s = await start({ home });
  const [seq, needle] = await found(s);
  assert.deepEqual([needle.exit_code, needle.terminal_name, needle.alive], [3, 'gone', false]);
  assert.equal((await output(s, { output_ref: seq.output_ref })).text, '1\n2\n3\n');
  assert.equal((await output(s, { terminal_id: id, seq: needle.seq })).text, 'needle-one\n');
  assert.equal((await listed(s, id)).length, 2);
  const mode = (await stat(join(home, 'duotty', 'state', 'duotty.db'))).mode & 0o777;
  assert.equal(mode, 0o600);
  await s.stop();
});

spec('kill -9 of the worker neither loses nor doubles a command', async () => {
  const s = await start();
  const { id } = await s.shell();
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 5; i++) await s.exec(id, `echo round ${round} command ${i}`);
    await s.input(id, { data: `sleep 0.3; echo after ${round}`, enter: true });
    await s.kill_worker();
    await s.back();
    await until(async () => (await s.screen(id)).includes(`after ${round}`), 'the command that outlived the worker');
    await s.at_prompt(id);
  }
  const all = await listed(s, id, { limit: 500 });
  const expected = [0, 1, 2, 3].flatMap((round) => [...Array.from({ length: 5 }, (_, i) => `echo round ${round} command ${i}`), `sleep 0.3; echo after ${round}`]);
  assert.deepEqual(texts(all).reverse(), expected);
  assert.deepEqual(all.map(({ seq }) => seq), expected.map((_, i) => expected.length - i));
  assert.deepEqual(texts(await found(s, { limit: 500 })).reverse(), expected);
  for (const { output_ref, command } of all) {
    const wanted = command.startsWith('echo') ? command.slice(5) : command.slice(command.indexOf('after'));
    assert.equal((await output(s, { output_ref })).text, `${wanted}\n`);
  }
  await s.close(id);
  const { output_ref } = all.at(-1);
  assert.equal((await output(s, { output_ref })).text, 'round 0 command 0\n', 'what was stored does not need the terminal');
  await s.stop();
});

spec('a long output is kept by its beginning and its end', async () => {
  const s = await start();
  const { id } = await s.shell();
  const { output_ref, exit_code } = await s.exec(id, 'echo first; yes 0123456789abcdef | head -c 40000000; echo last', { timeout: 120 });
  assert.equal(exit_code, 0);
  await s.close(id);
  const all = await output(s, { output_ref, head: 2, tail: 1 });
  assert.equal(all.text.split('\n')[0], 'first');
  assert.ok(all.text.endsWith('last\n'));
  assert.ok(all.omitted_bytes > 30_000_000 && all.truncated);
  assert.equal((await output(s, { output_ref, pattern: 'bytes left out' })).grep.match_count, 1);
  await s.stop();
});

spec('what begins with a space or was not echoed is not stored', async () => {
  const s = await start();
  const { id } = await s.shell();
  await typed(s, id, ' echo behind a space');
  assert.deepEqual(texts(await listed(s, id)), [' echo behind a space']);
  await typed(s, id, 'echo plain');
  await typed(s, id, 'echo plain');
  await typed(s, id, 'stty -echo');
  await s.input(id, { data: 'echo hidden-word >/dev/null; echo the-$((1))-mark', enter: true });
  await until(async () => (await s.screen(id)).includes('the-1-mark'), 'the end of the hidden command');
  await s.at_prompt(id);
  await s.input(id, { data: 'stty echo; echo back-$((1))', enter: true });
  await until(async () => (await s.screen(id)).includes('back-1'), 'the echo to be back');
  await s.at_prompt(id);
  assert.ok(!texts(await listed(s, id)).join('\n').includes('hidden-word'));
  assert.deepEqual(texts(await found(s)).filter((command) => /space|hidden/.test(command)), []);
  assert.equal((await found(s, { q: 'echo plain' })).length, 2);
  assert.ok(!(await s.get(id)).last_command.includes('hidden-word'));
  // What is typed into a program is no command at all.
  await s.input(id, { data: 'read -s word', enter: true });
  await until(async () => (await s.get(id)).state === 'running', 'read to wait');
  await s.input(id, { data: 'pass-word', enter: true });
  await s.at_prompt(id);
  assert.equal((await found(s, { q: 'pass-word' })).length, 0);
  await s.stop();
});

spec('commands are found by what they printed, in all terminals and after a restart', async () => {
  const home = await make_home();
  let s = await start({ home });
  const { id } = await s.shell();
  const { id: other } = await s.shell();
  await s.exec(id, 'printf "one\\n\\033[31mfa%s: broken \\033[1mpipe-%s\\033[0m here\\nth%s\\n" tal wrench ree');
  await s.exec(other, 'echo PIPE-WRENCH | tr A-Z a-z');
  await s.exec(other, 'echo nothing of it');
  const where = (commands) => commands.map(({ terminal_id, found_in, excerpt }) => [terminal_id, found_in, excerpt]);
  const expected = [[other, 'command', undefined], [id, 'output', 'fatal: broken pipe-wrench here']];
  assert.deepEqual(where(await found(s, { q: 'Pipe-Wrench' })), expected);
  assert.deepEqual(where(await found(s, { q: 'pipe-wrench', in: 'output' })), [[other, 'output', 'pipe-wrench'], expected[1]]);
  assert.deepEqual(where(await found(s, { q: 'pipe-wrench', in: 'command' })), [expected[0]]);
  assert.deepEqual(where(await listed(s, id, { q: 'pipe-wrench', in: 'output' })), [expected[1]]);
  assert.deepEqual(where(await found(s, { q: 'fatal three' })), [expected[1]]);
  assert.equal((await found(s, { limit: 1 }))[0].found_in, undefined, 'nothing was looked for');
  await s.close(id);
  await s.stop();
  s = await start({ home });
  assert.deepEqual(where(await found(s, { q: 'fatal pipe-wrench' })), [expected[1]]);
  const [{ output_ref }] = await found(s, { q: 'fatal pipe-wrench' });
  await s.api('DELETE', `/api/agent/commands?${query({ output_ref })}`);
  assert.deepEqual(where(await found(s, { q: 'fatal pipe-wrench' })), []);
  await s.api('POST', '/api/settings', { history_outputs: false });
  const { id: third } = await s.shell();
  const unkept = await s.exec(third, 'printf un; echo kept-word');
  assert.equal((await found(s, { q: 'unkept-word' })).length, 0);
  assert.equal((await found(s, { q: 'kept-word' })).length, 1, 'the command itself is stored');
  assert.equal((await output(s, { output_ref: unkept.output_ref })).text, 'unkept-word\n', 'the terminal still has it');
  await s.close(third);
  assert.equal((await output(s, { output_ref: unkept.output_ref })).text.includes('unkept-word'), false);
  await s.stop();
});

spec('the output of what read something without an echo is never found', async () => {
  const s = await start();
  const { id } = await s.shell();
  await s.exec(id, 'echo told-openly', {});
  const asks = ['read -rs word; echo "you said $word"', 'stty -echo; read -r word; stty echo; echo "you said $word"', "python3 -c 'import getpass; print(\"you said\", getpass.getpass())'"];
  for (const [i, line] of asks.entries()) {
    await s.input(id, { data: line, enter: true });
    await until(async () => (await s.get(id)).state === 'running', 'the question');
    if (i === 2) await until(async () => (await s.screen(id)).includes('Password:'), 'the prompt');
    await s.input(id, { data: `sesame-${i}`, enter: true });
    await until(async () => (await s.screen(id)).includes(`you said sesame-${i}`), 'the answer');
    await s.at_prompt(id);
  }
  assert.deepEqual(await found(s, { q: 'sesame', in: 'output' }), []);
  await s.kill_worker();
  await s.back();
  await s.exec(id, 'echo settled');
  assert.deepEqual(await found(s, { q: 'sesame', in: 'output' }), []);
  assert.equal((await found(s, { q: 'told-openly', in: 'output' })).length, 1);
  await s.stop();
});

spec('commands can be removed, and nothing more is stored when the settings say so', async () => {
  const s = await start();
  const { id } = await s.shell();
  await s.exec(id, 'echo keep');
  const { output_ref } = await s.exec(id, 'echo remove');
  assert.deepEqual(await s.api('DELETE', `/api/agent/commands?${query({ output_ref })}`), { deleted: 1 });
  assert.deepEqual(texts(await found(s)), ['echo keep']);
  await s.api('POST', '/api/settings', { command_history: false });
  await s.exec(id, 'echo unseen');
  assert.deepEqual(texts(await found(s)), ['echo keep']);
  assert.deepEqual(texts(await listed(s, id, { limit: 1 })), ['echo unseen'], 'the living terminal still knows');
  assert.equal((await ask(s.unix, { method: 'DELETE', path: '/api/agent/commands' })).code, 'invalid_params');
  await s.stop();
});

spec('without history there is no database, and living terminals still list their commands', async () => {
  const s = await start({ args: ['--no-history'] });
  const { id } = await s.shell();
  const { output_ref } = await s.exec(id, 'echo only in memory');
  assert.equal((await output(s, { output_ref })).text, 'only in memory\n');
  assert.deepEqual(texts(await found(s)), ['echo only in memory']);
  assert.ok(!(await readdir(join(s.home, 'duotty', 'state'))).some((name) => name.startsWith('duotty.db')));
  await s.close(id);
  assert.deepEqual(await found(s), []);
  await s.stop();
});

spec('a damaged database is set aside and the server runs on', async () => {
  const home = await make_home();
  let s = await start({ home });
  await s.stop();
  await writeFile(join(home, 'duotty', 'state', 'duotty.db'), '#'.repeat(50_000));
  s = await start({ home });
  const { id } = await s.shell();
  await s.exec(id, 'echo after');
  assert.deepEqual(texts(await found(s)), ['echo after']);
  assert.match(s.output(), /duotty\.db is damaged\. It was set aside/);
  assert.ok((await readdir(join(home, 'duotty', 'state'))).some((name) => name.includes('.damaged-')));
  await s.stop();
});

spec('a token with a label sees the commands of its own terminals only', async () => {
  const s = await main_server();
  const token = await s.token('blocks-label', ['read', 'exec'], { owner: 'blocks-team' });
  const headers = { Authorization: `Bearer ${token}` };
  const get = (path) => ask(s.tcp, { path, headers });
  const { id } = await s.shell();
  const { output_ref } = await s.exec(id, 'echo not-for-them');
  assert.equal((await get('/api/agent/commands?q=not-for-them')).json.commands.length, 0);
  assert.equal((await get(`/api/agent/output?output_ref=${output_ref}`)).code, 'not_found');
  assert.equal((await get(`/api/agent/terminals/${id}/commands`)).code, 'terminal_not_found');
  await s.close(id);
});

spec('the command line lists commands and prints their output', async () => {
  const s = await start();
  const { id } = await s.shell({ name: 'cli-blocks' });
  await s.exec(id, 'printf "one\\ntwo\\nthree\\n"; false');
  const list = await s.cli(['commands', 'cli-blocks', '--failed']);
  assert.match(list.stdout, new RegExp(`${id}:1 .* 1 .*human +printf`));
  assert.match((await s.cli(['commands', '-s', 'printf three'])).stdout, /printf/);
  assert.equal((await s.cli(['output', 'cli-blocks'])).stdout, 'one\ntwo\nthree\n');
  assert.equal((await s.cli(['output', `${id}:1`, '--tail', '1'])).stdout, 'three\n');
  assert.equal((await s.cli(['output', 'cli-blocks', '--grep', 'tw'])).stdout, '2:two\n');
  assert.equal((await s.cli(['output', 'cli-blocks', '--grep', 'nothing'])).code, 1);
  assert.equal((await s.cli(['output', 'cli-blocks:99'])).code, (await s.cli(['output', 'nowhere:1'])).code);
  await s.stop();
});

for (const shell of ['zsh', 'fish']) {
  spec(`${shell} tells the words of what is typed, repeated and wrapped commands too`, async () => {
    const s = await main_server();
    const { id } = await s.shell({ shell: `/usr/bin/${shell}` });
    const long = 'echo "a command that is longer than the eighty columns that this terminal has for one row of its screen"';
    for (const line of ['echo one', 'echo one', ' echo behind a space', long]) await typed(s, id, line);
    assert.deepEqual(texts(await listed(s, id)).reverse(), ['echo one', 'echo one', ' echo behind a space', long]);
    assert.deepEqual(texts(await found(s)).filter((command) => command.includes('behind a space')), []);
    await s.close(id);
  });
}

spec('a viewer hears of each command with its exact place in the output', async () => {
  const s = await main_server();
  const { id } = await s.shell();
  await s.exec(id, 'echo earlier');
  const viewer = await Viewer.open(s.tcp, id);
  await until(() => viewer.snapshots.length === 1, 'the snapshot');
  const earlier = viewer.frames.find((frame) => frame.type === 'blocks');
  assert.equal(earlier.offset, viewer.snapshots[0].offset);
  assert.deepEqual(earlier.blocks.map(({ command, exit_code, status }) => [command, exit_code, status]), [['echo earlier', 0, 'completed']]);
  const rows = await s.screen(id);
  assert.match(rows.at(-1 - earlier.blocks[0].up), /echo earlier$/);
  await s.exec(id, 'printf "some\\noutput\\n"; false');
  await until(() => viewer.frames.filter((frame) => frame.type === 'block').length === 2, 'start and end');
  const [start_frame, end_frame] = viewer.frames.filter((frame) => frame.type === 'block');
  assert.deepEqual([start_frame.block.status, start_frame.rows, end_frame.block.status, end_frame.block.exit_code], ['running', 1, 'completed', 1]);
  await until(() => viewer.position > end_frame.offset, 'the output');
  const all = Buffer.concat(viewer.output.map(({ bytes }) => bytes));
  const from = viewer.output[0].offset;
  const printed = all.subarray(start_frame.offset - from, end_frame.offset - from).toString();
  assert.equal(printed.replace(/\x1b\][^\x07]*\x07|\x1b\[[?0-9;]*[a-zA-Z]/g, ''), 'some\r\noutput\r\n');
  // One who was away hears of what it missed.
  const back = await Viewer.open(s.tcp, id, { epoch: viewer.epoch, offset: earlier.offset });
  await until(() => back.frames.filter((frame) => frame.type === 'block').length === 2, 'what was missed');
  assert.deepEqual(back.frames.filter((frame) => frame.type === 'block').map(({ offset }) => offset), [start_frame.offset, end_frame.offset]);
  for (const one of [viewer, back]) await one.close();
  await s.close(id);
});

spec('a command that the AI proposed and a person entered is the AI\'s', async () => {
  const s = await start();
  const model = await Model.start();
  await model.use(s);
  const { id } = await s.shell();
  const person = await Viewer.open(s.tcp, id);
  person.type(1, '# what now\r');
  const question = await until(() => model.questions[0], 'the question');
  model.say(question, 'This.\n```command\necho proposed\n```\n', { last: true });
  await until(async () => /[$#] echo proposed$/.test((await s.screen(id)).join('\n').trimEnd()), 'the proposal');
  person.type(2, '\r');
  await until(async () => (await listed(s, id))[0]?.status === 'completed', 'its end');
  assert.deepEqual((await listed(s, id)).map(({ command, by }) => [command, by]), [['echo proposed', 'ai']]);
  assert.deepEqual(texts(await found(s, { by: 'ai' })), ['echo proposed']);
  await person.close();
  await model.stop();
  await s.stop();
});
