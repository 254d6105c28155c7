// What somebody at the keyboard does: the shell's state, the code it ends with and, where the shell tells where a command
// starts, a block of it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { brief } from './shell_cases.mjs';

const hooks = ['bash', 'zsh', 'fish'];

/** Types a line, waits for its block, and answers it. */
async function block_of(t, data) {
  const before = (await t.blocks())[0]?.seq ?? 0;
  await t.type(data);
  const block = await until(async () => (await t.blocks()).find(({ seq, status }) => seq > before && status !== 'running'), `the end of ${data}`);
  await t.prompt();
  return block;
}

const one = (name, data, expected, more = {}) => ({
  name: `typed: ${name}`,
  run: data,
  only: hooks,
  ...more,
  play: async (t) => {
    const words = t.words(data);
    const block = await block_of(t, words);
    const { code = 0, command = words, output } = t.words(expected);
    const what = JSON.stringify(block);
    assert.deepEqual([block.command, block.exit_code, block.status], [command, code, 'completed'], what);
    assert.ok(block.duration_ms >= 0, what);
    if (output !== undefined) assert.equal((await t.server.api('GET', `/api/agent/output?output_ref=${block.output_ref}`)).text, output);
  },
});

export const typed = [
  one('a command', 'echo typed', { all: { output: 'typed\n' } }),
  one('a command that fails', 'false', { all: { code: 1, output: '' } }),
  one('a command that is not there', 'nothing-of-that-name', { all: { code: 127 } }),
  one('a blank before it', ' echo apart', { all: { output: 'apart\n' } }),
  one('a pipeline', "printf 'b\\na\\n' | sort", { all: { output: 'a\nb\n' } }),
  one('a signal', "sh -c 'kill -9 $$'", { all: { code: 137 } }),
  one('output without a newline', 'printf end', { all: { output: 'end' } }),
  one('letters of all kinds', "echo '世界 é 👩 שלום'", { all: { output: '世界 é 👩 שלום\n' } }),
  one('a line that is longer than a row', `echo ${'word '.repeat(40)}end`, { all: { output: `${'word '.repeat(40)}end\n` } }),
  one('forged marks', { posix: "/usr/bin/printf '\\033]133;D;0\\007x\\n'; (exit 5)", fish: "/usr/bin/printf '\\033]133;D;0\\007x\\n'; sh -c 'exit 5'" }, { all: { code: 5, output: 'x\n' } }),
  {
    name: 'typed: over lines, with the prompts between them', run: { bash: '', zsh: '' },
    play: async (t) => {
      const before = (await t.blocks())[0]?.seq ?? 0;
      for (const line of ['for i in 1 2', 'do echo $i', 'done']) await t.type(line);
      const block = await until(async () => (await t.blocks()).find(({ seq, status }) => seq > before && status !== 'running'), 'the end of the loop');
      assert.equal(block.exit_code, 0);
      assert.equal((await t.server.api('GET', `/api/agent/output?output_ref=${block.output_ref}`)).text, '1\n2\n');
      assert.match(block.command, /^for i in 1 2[\n;] ?do echo \$i[\n;] ?done$/);
    },
  },
  {
    name: 'typed: the code is known at the prompt', run: { all: '' },
    play: async (t) => {
      const see = t.words({ posix: 'echo "<$?>"', fish: 'echo "<$status>"' });
      for (const code of [0, 7, 255]) {
        const waited = t.server.api('POST', `/api/agent/terminals/${t.id}/wait`, { pattern: `<${code}>` });
        await t.type(`sh -c 'exit ${code}'`);
        await t.prompt();
        await t.type(see);
        assert.equal((await waited).reason, 'pattern');
        await t.prompt();
      }
    },
  },
  {
    name: 'typed: an empty line, a comment and a line that is given up', run: { all: '' },
    play: async (t) => {
      await t.type('');
      await t.prompt();
      await t.type('# only a comment');
      await t.prompt();
      await t.type('never entered', { enter: false });
      await t.shows(/never entered/);
      await t.keys('ctrl+c');
      await until(async () => !(await t.exec('true', { timeout: 1 }).then(() => '', ({ message }) => message)), 'an empty line');
      assert.ok(!(await t.blocks()).some(({ command }) => /never|only/.test(command)), JSON.stringify(await t.blocks()));
    },
  },
  {
    name: 'typed: a program that prints only sequences at first', run: { all: '' },
    play: async (t) => {
      const go = join(t.home, 'only-sequences');
      for (let i = 1; i <= 3; i += 1) {
        await t.type(`sh -c "printf '\\033[?25h\\033[?2004h'; until test -e ${go}; do sleep 0.05; done; rm ${go}; printf '\\033[?2004l'"`);
        await until(async () => (await t.get()).state === 'running', 'the program to be seen');
        await writeFile(go, '');
        await t.prompt();
        await t.done(`echo after ${i}; sh -c 'exit ${i}'`, `after ${i}\n`, i);
      }
    },
  },
  {
    name: 'typed: unfinished text keeps an exec away', run: { all: '' },
    play: async (t) => {
      await t.type('half a line', { enter: false });
      await t.shows(/half a line/);
      assert.match(await t.exec('echo no', { timeout: 2 }).then(() => 'it ran', ({ message }) => message), /unfinished text/);
      await t.keys('ctrl+c');
      await until(async () => !(await t.exec('true', { timeout: 1 }).then(() => '', ({ message }) => message)), 'an empty line');
    },
  },
  ...[
    ['the usual keys', { bash: 'set -o emacs', zsh: 'bindkey -e', fish: 'fish_default_key_bindings', ash: ':', mksh: 'set -o emacs' }],
    ['the keys of vi', { bash: 'set -o vi', zsh: 'bindkey -v', fish: 'fish_vi_key_bindings', ash: 'set -o vi', mksh: 'set -o vi' }],
  ].map(([what, keys]) => ({
    name: `typed: an escape, and then an exec, with ${what}`, run: keys,
    play: async (t) => {
      await t.exec(t.words(keys));
      const five = t.words({ posix: '(exit 5)', fish: "sh -c 'exit 5'" });
      // By a script also where others are typed.
      for (const command of [`echo one; echo two words; ${five}`, `echo one; echo two words # !x\n${five}`]) {
        await t.type('\x1b', { enter: false });
        await t.done(command, 'one\ntwo words\n', 5);
      }
    },
  })),
  {
    name: 'typed: a ctrl+c that is on its way does not answer for an exec', run: { all: '' },
    play: async (t) => {
      for (let i = 1; i <= 8; i += 1) {
        await t.type('left alone', { enter: false });
        if (i % 2 === 0) await t.shows(/left alone$/);
        // A shell may lose the key: a SIGINT that fish gets before it waits for keys is forgotten. It is pressed again
        // then, as anybody would; the exec was refused and not run behind what still stands on the line.
        await until(async () => {
          await t.keys('ctrl+c');
          const error = await t.done(`echo turn ${i}; sh -c 'exit ${i}'`, undefined, i).then(() => undefined, (failure) => failure);
          if (error && !/unfinished text/.test(error.message)) throw error;
          return !error;
        }, 'the end of the text on the line');
        const { stdout } = await t.done(`echo word ${i}`, undefined, 0);
        assert.equal(stdout, `word ${i}\n`);
      }
    },
  },
  {
    name: 'typed ahead: lines that wait do not answer for an exec', run: { all: '' },
    play: async (t) => {
      for (let i = 0; i < 3; i += 1) {
        await t.server.input(t.id, { data: `sleep 0.1\nsh -c 'exit 4'\n\n# nothing\nsh -c 'exit 5'\n`, enter: false, raw: true });
        const result = await until(() => t.exec("echo mine; sh -c 'exit 7'").catch(({ message }) => assert.match(message, /busy/)), 'the end of the lines before');
        assert.deepEqual([result.status, result.exit_code, result.stdout], ['completed', 7, 'mine\n'], brief(result));
      }
    },
  },
  {
    name: 'typed ahead: a wait for the prompt waits for the last of the lines', run: { all: '' },
    play: async (t) => {
      await t.server.input(t.id, { data: 'sleep 0.1\nsleep 0.2\necho la""st\n', enter: false, raw: true });
      const waited = await t.server.api('POST', `/api/agent/terminals/${t.id}/wait`, { prompt: true, max_wait_ms: 20_000 });
      assert.equal(waited.reason, 'prompt', JSON.stringify(waited));
      assert.ok((await t.rows()).some((row) => row.endsWith('last')), (await t.rows()).join('\n'));
    },
  },
  {
    name: 'typed ahead: each has its own code', run: { all: '' },
    play: async (t) => {
      const see = t.words({ posix: 'echo "[$?]"', fish: 'echo "[$status]"' });
      await t.server.input(t.id, { data: `sleep 0.4\nsh -c 'exit 4'\n${see}\n`, enter: false, raw: true });
      await t.shows(/\[4\]$/);
      await t.prompt();
      if (!t.shell.hooks) return;
      const blocks = (await t.blocks()).slice(0, 3).reverse();
      assert.deepEqual(blocks.map(({ exit_code }) => exit_code), [0, 4, 0], JSON.stringify(blocks));
    },
  },
];
