// exec: clean output, true exit codes, honest states, in every shell that is installed.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const b64 = (text) => Buffer.from(text).toString('base64');
const numbers = (count) => Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('');

/** Long texts are not given to assert.equal: it would take minutes to say where they differ. */
function same_text(actual, expected, what) {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at += 1;
  const part = (text) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 80));
  assert.fail(`${what}: at ${at} of ${expected.length} (got ${actual.length}): ${part(actual)} instead of ${part(expected)}`);
}

let shared = null;
function server() {
  shared ??= (async () => {
    const started = await start();
    // zsh asks questions when the person has no file of their own; vim reads none.
    await writeFile(join(started.home, '.zshrc'), '');
    return started;
  })();
  return shared;
}

/** Runs `body` with a shell of its own. */
function with_shell(name, body, params = {}) {
  spec(`exec: ${name}`, async () => {
    const s = await server();
    const { id } = await s.shell(params);
    const exec = (command, more) => s.exec(id, command, more);
    const done = async (command, stdout, code = 0, more = {}) => {
      const result = await exec(command, more);
      assert.deepEqual({ status: result.status, ok: result.ok, stdout: result.stdout, exit_code: result.exit_code }, { status: 'completed', ok: true, stdout, exit_code: code }, command);
      assert.equal(result.exit_source, 'mark');
      return result;
    };
    try {
      await body({ s, id, exec, done });
    } finally {
      await s.close(id).catch(() => undefined);
    }
  });
}

with_shell('quotes and blanks arrive as written', async ({ done }) => {
  await done(`echo 'single "quoted" $HOME' "and \\"double\\" \\$x" back\\\\slash`, 'single "quoted" $HOME and "double" $x back\\slash\n');
  await done(`printf '%s|' "a  b" '' "tab\there" '!' '~' '*'`, 'a  b||tab\there|!|~|*|');
  await done('echo "ünï → 世界 😀"', 'ünï → 世界 😀\n');
});

with_shell('several lines, here documents and comments', async ({ done }) => {
  await done('for i in 1 2 3\ndo\n  echo "line $i"\ndone', 'line 1\nline 2\nline 3\n');
  await done("cat <<'END'\none 'two' $three\n  four\nEND", "one 'two' $three\n  four\n");
  await done('cat <<A; cat <<B\nfirst\nA\nsecond\nB', 'first\nsecond\n');
  await done('echo shown # echo hidden', 'shown\n');
  await done('# nothing but a comment\necho after', 'after\n');
  await done('f() {\n  echo "in f $1"\n}\nf x', 'in f x\n');
});

for (const [what, slow] of [['waits', 'sleep 0.8'], ['works', 'for ((i = 0; i < 300000; i += 1)); do :; done']]) {
  with_shell(`what stands behind the first command counts, also when the prompt ${what} for long`, async ({ done }) => {
    await done(`PROMPT_COMMAND+=(${JSON.stringify(slow)})`, '');
    await done('echo first\n\necho second; (exit 6)', 'first\nsecond\n', 6);
  });
}

with_shell('exit codes are the true ones', async ({ done, exec, s, id }) => {
  await done('true', '');
  await done('false', '', 1);
  await done('(exit 3)', '', 3);
  await done("sh -c 'exit 42'", '', 42);
  await done('exit_code() { return 7; }; exit_code', '', 7);
  const unknown = await exec('no-such-command-anywhere');
  assert.equal(unknown.exit_code, 127);
  assert.match(unknown.stdout, /not found/);
  await done("sh -c 'kill -TERM $$'", 'Terminated\n', 143).catch(async () => {
    const killed = await exec("sh -c 'kill -TERM $$'");
    assert.equal(killed.exit_code, 143);
  });
  await done('true && false || (exit 9)', '', 9);
  assert.equal((await s.get(id)).last_command, 'true && false || (exit 9)');
});

with_shell('background jobs do not hold it up', async ({ done }) => {
  const began = Date.now();
  const result = await done('sleep 20 >/dev/null 2>&1 & echo started', null).catch((error) => error.actual);
  assert.ok(result.exit_code === 0 && /started/.test(result.stdout), JSON.stringify(result));
  assert.ok(Date.now() - began < 15_000);
  const trailing = await done('true &', null).catch((error) => error.actual);
  assert.equal(trailing.exit_code, 0);
  await done('kill %1 2>/dev/null; wait; echo over', null).catch((error) => assert.match(error.actual.stdout, /over/));
});

with_shell('the end of the shell itself is not the end of a command', async ({ exec, s, id }) => {
  const result = await exec('exit 3');
  assert.equal(result.status, 'shell_exited');
  assert.equal(result.ok, false);
  assert.equal(result.alive, false);
  assert.ok(result.exit_code === null || (result.exit_code === 3 && result.exit_source === 'wait'), JSON.stringify(result));
  await until(async () => (await s.get(id)).exit_code === 3, 'the exit code of the shell');
  const response = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'true' } });
  assert.equal(response.status, 410);
  assert.equal(response.code, 'gone');
});

with_shell('a megabyte of output is complete', async ({ exec }) => {
  const result = await exec('seq 1 160000', { timeout: 60 });
  assert.equal(result.exit_code, 0);
  assert.equal(result.truncated, false);
  assert.equal(result.omitted_bytes, 0);
  same_text(result.stdout, numbers(160_000), 'seq');
});

with_shell('output without a newline, in colour and with carriage returns is clean', async ({ done }) => {
  await done("printf 'no newline'", 'no newline');
  await done("printf '\\033[1;31mred\\033[0m plain\\n'", 'red plain\n');
  await done("printf '10%%\\r50%%\\r100%%\\n'", '100%\n');
  await done('printf "\\033]0;a title\\007text\\n"', 'text\n');
});

with_shell('a timeout leaves the command running and the terminal busy', async ({ exec, done, s, id }) => {
  const late = await exec('echo before; sleep 60', { timeout: 0.7 });
  assert.deepEqual({ ok: late.ok, reason: late.reason, exit_code: late.exit_code, stdout: late.stdout, alive: late.alive }, { ok: false, reason: 'timeout', exit_code: null, stdout: 'before\n', alive: true });
  assert.equal(late.status, 'timeout');
  assert.equal(late.foreground, 'sleep');
  const busy = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo no' } });
  assert.equal(busy.status, 409);
  assert.equal(busy.code, 'busy');
  assert.match(busy.json.error.message, /sleep/);
  await s.input(id, { keys: ['ctrl+c'], enter: false });
  await s.at_prompt(id);
  await done('echo free', 'free\n');
});

with_shell('a timeout may interrupt or kill', async ({ exec, done, s, id }) => {
  for (const on_timeout of ['interrupt', 'kill']) {
    const late = await exec('sleep 60', { timeout: 0.4, on_timeout });
    // It ended by Ctrl-C and is told to have: the terminal is free again.
    assert.deepEqual({ ok: late.ok, status: late.status, reason: late.reason, exit_code: late.exit_code, exit_source: late.exit_source }, { ok: false, status: 'timeout', reason: 'timeout', exit_code: 130, exit_source: 'mark' });
    await done(`echo after ${on_timeout}`, `after ${on_timeout}\n`);
  }
  const stubborn = `sh -c "trap '' INT; echo deaf; sleep 60"`;
  const left = await exec(stubborn, { timeout: 0.6, on_timeout: 'interrupt' });
  assert.deepEqual([left.status, left.exit_code], ['timeout', null]);
  assert.match(left.stdout, /^deaf\n/);
  await s.api('POST', `/api/agent/terminals/${id}/signal`, { signal: 'KILL' });
  await s.at_prompt(id);
  const killed = await exec(stubborn, { timeout: 0.6, on_timeout: 'kill' });
  assert.deepEqual([killed.status, killed.exit_code], ['timeout', 137]);
  const list = await exec(`${stubborn}; ${stubborn}; echo over`, { timeout: 0.6, on_timeout: 'kill' });
  assert.equal(list.status, 'timeout');
  // A loop of the shell itself is interrupted; the shell is not killed for it.
  const loop = await exec('while :; do :; done', { timeout: 0.6, on_timeout: 'kill' });
  assert.deepEqual([loop.status, loop.exit_code, loop.alive], ['timeout', 130, true]);
  await done('echo still here', 'still here\n');
});

with_shell('folder and variables hold for one command', async ({ done, exec, s }) => {
  const where = (await exec('pwd')).stdout;
  await done('pwd; echo "$WORD"', "/usr\nit's \"here\" $x\n", 0, { cwd: '/usr', env: { WORD: 'it\'s "here" $x' } });
  await done('pwd; echo "[$WORD]"', `${where}[]\n`);
  const path = join(s.home, 'made');
  const missing = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${(await s.api('GET', '/api/agent/terminals')).terminals.at(-1).id}/exec`, body: { command: `touch ${path}`, cwd: '/no/such/folder' } });
  assert.ok(missing.status >= 400 || missing.json.ok === false || missing.json.exit_code > 0, missing.text);
  assert.equal(existsSync(path), false, 'the command ran in another folder');
  const bad = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${(await s.api('GET', '/api/agent/terminals')).terminals.at(-1).id}/exec`, body: { command: 'true', env: { 'BAD NAME': '1' } } });
  assert.equal(bad.status, 400);
  assert.equal(bad.code, 'invalid_params');
});

with_shell('base64, empty and unfinished commands', async ({ done, exec, s, id }) => {
  await done('', 'from base64\n', 0, { command_b64: b64('echo "from base64"') });
  await done('echo one\n', 'one\ntwo\n', 0, { command_b64: b64('echo two') });
  for (const command of ['', '  \n ']) {
    const empty = await exec(command);
    assert.equal(empty.ok, false);
    assert.equal(empty.reason, 'empty_command');
    assert.equal(empty.exit_code, null);
  }
  for (const command of ['echo "never closed', "echo 'never closed", 'if true', 'cat <<END\nno end', 'echo $(']) {
    const result = await exec(command, { timeout: 5 });
    const honest = result.status === 'incomplete' ? result.exit_code === null && !result.ok : result.status === 'completed' && result.exit_code !== null;
    assert.ok(honest, `${command}: ${JSON.stringify(result)}`);
    await s.at_prompt(id);
  }
  await done('echo usable', 'usable\n');
});

spec('exec: a very long command arrives whole', async () => {
  const s = await server();
  const { id } = await s.shell();
  const word = 'x'.repeat(100_000);
  const result = await s.exec(id, `v='${word}'\nw='${word}'\necho \${#v} \${#w}`);
  assert.equal(result.stdout, '100000 100000\n');
  await s.close(id);
});

spec('exec: twenty at once over ten terminals, two queue on each', async () => {
  const s = await server();
  const ids = await Promise.all(Array.from({ length: 10 }, async () => (await s.shell()).id));
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => s.exec(ids[i % 10], `sleep 0.2; echo result ${i}; (exit ${i})`)));
  results.forEach((result, i) => {
    assert.equal(result.stdout, `result ${i}\n`);
    assert.equal(result.exit_code, i);
  });
  await Promise.all(ids.map((id) => s.close(id)));
});

for (const [place, last] of [['of a program', 'exec cat >/dev/null'], ['inside of a script', 'cat >/dev/null; stty echo']]) {
  with_shell(`a password prompt ${place} is told apart`, async ({ exec, s, id, done }) => {
    const result = await exec(`sh -c 'stty -echo; printf "Secret: "; ${last}'`, { timeout: 2 });
    await s.input(id, { keys: ['ctrl+d'], enter: false });
    await s.at_prompt(id);
    await done('stty echo; echo again', 'again\n');
    assert.equal(result.status, 'awaiting_input', JSON.stringify(result));
    assert.deepEqual({ kind: result.awaiting.kind, echo: result.awaiting.echo }, { kind: 'password', echo: false });
    assert.match(result.awaiting.prompt_text, /Secret:/);
  });
}

with_shell('a password prompt of the shell itself is told apart', async ({ exec, s, id, done }) => {
  const result = await exec("read -s -p 'Password: ' secret; echo; echo \"${#secret}\"", { timeout: 1.5 });
  await s.input(id, { data: 'hunter2' });
  await s.at_prompt(id);
  await done('echo ${#secret}', '7\n');
  assert.equal(result.ok, false);
  assert.equal(result.status, 'awaiting_input', JSON.stringify(result));
  assert.deepEqual({ kind: result.awaiting.kind, echo: result.awaiting.echo }, { kind: 'password', echo: false });
  assert.match(result.awaiting.prompt_text, /Password:/);
});

with_shell('a question is told apart', async ({ exec, s, id }) => {
  const result = await exec('printf "Continue? "; cat', { timeout: 1.5 });
  assert.equal(result.status, 'awaiting_input', JSON.stringify(result));
  assert.deepEqual({ kind: result.awaiting.kind, echo: result.awaiting.echo }, { kind: 'line', echo: true });
  assert.match(result.awaiting.prompt_text, /Continue\?/);
  await s.input(id, { keys: ['ctrl+d'], enter: false });
  await s.at_prompt(id);
});

const editor = ['/usr/bin/vim', '/usr/bin/vi', '/usr/bin/less'].find((path) => existsSync(path));
if (editor) {
  with_shell('a full-screen program is told apart', async ({ exec, s, id }) => {
    const result = await exec(editor.endsWith('less') ? 'less /etc/passwd' : `${editor} -u NONE`, { timeout: 2 });
    assert.equal(result.status, 'awaiting_input', JSON.stringify(result));
    assert.equal(result.awaiting.kind, 'tui');
    assert.equal(result.exit_code, null);
    await s.input(id, editor.endsWith('less') ? { data: 'q', enter: false } : { keys: ['esc'], data: ':q!' });
    await s.at_prompt(id);
  });
}

// --- other shells ----------------------------------------------------------------------------------------------------

const posix = [
  ['echo hello', 'hello\n', 0],
  [`echo 'a "b" $c' "d 'e'"`, 'a "b" $c d \'e\'\n', 0],
  ["sh -c 'exit 3'", '', 3],
  ['false', '', 1],
  ['no-such-command-anywhere', null, 127],
  ['echo shown # not shown', 'shown\n', 0],
  ["printf 'no newline'", 'no newline', 0],
  ['seq 1 3000', numbers(3000), 0],
];
const with_blocks = [
  ['for i in 1 2\ndo\necho "n $i"\ndone', 'n 1\nn 2\n', 0],
  ["cat <<'E'\nin $here\nE", 'in $here\n', 0],
  ['(exit 9)', '', 9],
];
const fish_blocks = [['for i in 1 2\necho "n $i"\nend', 'n 1\nn 2\n', 0]];

const shells = [
  { name: 'dash', path: '/usr/bin/dash', params: { shell: '/usr/bin/dash' }, list: [...posix, ...with_blocks] },
  { name: 'zsh', path: '/usr/bin/zsh', params: { shell: '/usr/bin/zsh' }, list: [...posix, ...with_blocks] },
  { name: 'fish', path: '/usr/bin/fish', params: { shell: '/usr/bin/fish' }, list: [...posix, ...fish_blocks] },
  { name: 'bash without integration', path: '/bin/bash', params: { command: ['/bin/bash', '--norc'] }, list: [...posix, ...with_blocks] },
  { name: 'bash with integration off', path: '/bin/bash', params: { integration: false }, list: [...posix, ...with_blocks] },
  { name: 'busybox sh', path: '/usr/bin/busybox', params: { command: ['/usr/bin/busybox', 'sh'] }, list: [...posix, ...with_blocks] },
  { name: 'dash without integration', path: '/usr/bin/dash', params: { command: ['/usr/bin/dash'] }, list: [...posix, ...with_blocks] },
];

for (const shell of shells.filter(({ path }) => existsSync(path))) {
  spec(`exec in ${shell.name}: never a made-up code, never a hang`, async () => {
    const s = await server();
    const { id } = await s.create(shell.params);
    for (const [command, stdout, code] of shell.list) {
      const began = Date.now();
      const result = await s.exec(id, command, { timeout: 10 });
      assert.ok(Date.now() - began < 14_000, `${command} hung`);
      const told = JSON.stringify(result);
      assert.ok(result.exit_code === code || (result.exit_code === null && result.status !== 'completed'), `${command}: ${told}`);
      assert.ok(['completed', 'idle', 'timeout', 'running', 'awaiting_input'].includes(result.status), `${command}: ${told}`);
      if ((await s.get(id)).integration) assert.equal(result.status, 'completed', `${command}: ${told}`);
      if (result.status === 'completed' && stdout !== null) same_text(result.stdout, stdout, command);
    }
    const slow = await s.exec(id, 'sleep 30', { timeout: 1 });
    assert.equal(slow.ok, false);
    assert.equal(slow.exit_code, null);
    await s.input(id, { keys: ['ctrl+c'], enter: false });
    const after = await until(async () => {
      const response = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo back', timeout: 5 } });
      return response.status === 200 && response.json;
    }, 'the shell after ctrl+c');
    assert.match(after.stdout, /back/);
    const ended = await s.exec(id, 'exit 3', { timeout: 10 });
    // fish ends only the file that it reads: then the shell lives on, and the answer says so.
    const lives_on = ended.alive && ended.exit_code === 3 && (await s.exec(id, 'echo alive')).stdout === 'alive\n';
    assert.ok(lives_on || (ended.status === 'shell_exited' && !ended.ok && !ended.alive), JSON.stringify(ended));
    await s.close(id);
  });
}

for (const shell of ['/bin/bash', '/usr/bin/zsh', '/usr/bin/fish', '/bin/dash'].filter(existsSync)) {
  spec(`exec: ${shell} is told live without what the shell draws before its prompt`, async () => {
    const s = await server();
    const { id } = await s.shell({ shell });
    for (const [command, stdout] of [['echo one', 'one\n'], ['printf two', 'two'], ['true', ''], ['seq 3', '1\n2\n3\n']]) {
      const told = await s.cli(['exec', id, '--', command]);
      assert.deepEqual([told.code, told.stdout, told.stderr], [0, stdout, ''], command);
    }
  });
}

spec('exec: what stands on the line already is told, and never run with a command', async () => {
  const s = await server();
  const fills = { '/usr/bin/zsh': 'print -z echo pushed', '/usr/bin/fish': "commandline 'echo pushed'" };
  for (const [shell, fill] of Object.entries(fills).filter(([path]) => existsSync(path))) {
    const { id } = await s.shell({ shell });
    for (let i = 0; i < 5; ++i) {
      assert.equal((await s.exec(id, fill)).exit_code, 0, shell);
      const refused = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo mine', timeout: 1 } });
      assert.equal(refused.status, 409, `${shell}: ${refused.body}`);
      assert.match(refused.json.error.message, /unfinished text/);
      await s.input(id, { keys: ['ctrl+c'], enter: false });
      const after = await until(async () => {
        const tried = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: { command: 'echo mine', timeout: 5 } });
        return tried.status === 200 && tried.json;
      }, 'the line to be empty');
      assert.deepEqual([after.status, after.stdout], ['completed', 'mine\n'], shell);
    }
    await s.close(id);
  }
});

spec('exec: keys that are bound to other things change no command, and what runs instead of one is not told as it', async () => {
  const s = await server();
  const hidden = "eval 'bind''key' '^M' swap";
  const swap = "swap() { BUFFER='echo swapped'; zle .accept-line }; zle -N swap";
  const cases = [
    ['/bin/bash', `bind '"\\e[200~": self-insert'`, true],
    ['/bin/bash', `bind '"\\C-m": "\\C-e\\C-j"'`, true],
    ['/bin/bash', `bind '"\\C-m": "\\C-a\\C-kecho swapped\\C-j"'`, false],
    ['/usr/bin/zsh', "bindkey '^[[200~' self-insert", true],
    ['/usr/bin/zsh', 'mine() { zle .accept-line }; zle -N accept-line mine', true],
    ['/usr/bin/zsh', "swap() { BUFFER='echo swapped'; zle .accept-line }; zle -N accept-line swap", false],
    ['/usr/bin/zsh', `${swap}; bindkey '^M' swap`, false],
    ['/usr/bin/zsh', `${swap}; ${hidden}`, false],
  ];
  for (const [shell, change, runs] of cases.filter(([path]) => existsSync(path))) {
    const { id } = await s.shell({ shell });
    assert.equal((await s.exec(id, change)).exit_code, 0, change);
    for (let i = 0; i < 3; ++i) {
      const told = await s.exec(id, 'echo mine; (exit 3)', { timeout: 10 });
      const seen = [told.status, told.exit_code, runs ? told.stdout : null];
      assert.deepEqual(seen, runs ? ['completed', 3, 'mine\n'] : ['not_started', null, null], `${shell}: ${change}: ${JSON.stringify(told)}`);
      if (!runs) assert.match(told.reason, /^line_(lost|changed)$/);
    }
    await s.close(id);
  }
});

spec('exec: the server is none the worse', async () => {
  const s = await server();
  assert.deepEqual((await s.api('GET', '/api/health')).status, 'ok');
  await s.stop();
});
