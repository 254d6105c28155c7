// Jobs, stops, timeouts, and shells that end, stop, or are not the same any more.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { brief, honest, in_a_pipe, same_text } from './shell_cases.mjs';

const five = { posix: '(exit 5)', fish: "sh -c 'exit 5'" };

/** The shell has ended, and it is said how. */
function ended(name, command, expected, more = {}) {
  return {
    name,
    run: command,
    ...more,
    play: async (t) => {
      const result = await t.exec(t.words(command));
      const what = JSON.stringify(result);
      const { code = null, source = 'wait', signal } = t.words(expected);
      assert.deepEqual([result.status, result.ok, result.alive, result.exit_code, result.exit_source, result.signal], ['shell_exited', false, false, code, source, signal], what);
      if (more.output) assert.match(result.stdout, more.output, what);
      // What an interactive shell says of its own end is not the command's.
      if (more.piped) same_text(result.stdout, (await in_a_pipe(t.shell, t.words(command), { environment: t.server.environment })).stdout, what);
      return 'over';
    },
  };
}

const jobs = [
  {
    name: 'a background job', run: { all: 'sleep 30 >/dev/null 2>&1 &' },
    play: async (t) => {
      await t.done('sleep 30 >/dev/null 2>&1 &', undefined, 0);
      await t.done(t.words({ posix: 'kill %1; wait; echo over', fish: 'kill %1 2>/dev/null; or kill (jobs -p); wait; echo over' }), /over\n/);
    },
  },
  {
    name: 'a job of its own session', run: { all: '' },
    play: async (t) => t.done('setsid sleep 9 >/dev/null 2>&1 &', undefined, 0),
  },
  {
    name: 'a job that is disowned', run: { bash: '', zsh: '', fish: '' },
    play: async (t) => t.done('sleep 3 & disown', undefined, 0),
  },
  {
    name: 'a job that prints after its command has ended', run: { posix: '' },
    play: async (t) => {
      const result = await t.done("(sleep 0.7; echo la''te) & echo now", /now\n/, 0);
      assert.ok(!result.stdout.includes('late\n'), result.stdout);
      await t.shows(/late/);
    },
  },
  {
    name: 'a job that ends while another command runs', run: { all: '' },
    play: async (t) => t.done(t.words({ posix: "sh -c 'exit 3' & sleep 0.3; echo end; (exit 5)", fish: "sh -c 'exit 3' &; sleep 0.3; echo end; sh -c 'exit 5'" }), /end\n/, 5),
  },
  {
    name: 'a command that stops itself, and goes on', run: { bash: '', zsh: '', dash: '', mksh: '', ash: '' },
    play: async (t) => {
      const result = await t.exec("sh -c 'kill -STOP $$; exit 4'");
      assert.equal(result.status, 'completed', JSON.stringify(result));
      // A shell has its own number for a stop; that of mksh is 0.
      if (t.shell.name !== 'mksh') assert.ok(result.exit_code > 128, JSON.stringify(result));
      await t.done('fg', undefined, 4);
    },
  },
  {
    name: 'a command that is stopped by ctrl+z, and goes on', run: { all: '' },
    play: async (t) => {
      // Ends when it is told to, not by a clock: on a loaded machine nobody knows how long all of this takes.
      const pipe = join(t.home, 'goes-on');
      execFileSync('mkfifo', [pipe]);
      const running = t.exec(`cat ${pipe}`);
      await t.runs('cat');
      await t.keys('ctrl+z');
      const result = await running;
      assert.equal(result.status, 'completed', JSON.stringify(result));
      if (!['fish', 'mksh'].includes(t.shell.name)) assert.ok(result.exit_code > 128, JSON.stringify(result));
      await Promise.all([t.done('fg', undefined, 0), writeFile(pipe, '')]);
    },
  },
  {
    name: 'a stopped command is not a running one', run: { all: '' },
    play: async (t) => {
      await t.late("sh -c 'sleep 60; exit 3'", { status: 'timeout', exit_code: null, ok: false, foreground: 'sh' });
      await t.keys('ctrl+z');
      await t.prompt();
      await t.done('echo meanwhile', /meanwhile\n/);
      await t.done(t.words({ posix: 'kill %1; kill -CONT %1; wait', fish: 'kill -9 (jobs -p); wait' }), undefined, undefined);
    },
  },
  {
    name: 'ctrl+c ends a command', run: { all: '' },
    play: async (t) => {
      const running = t.exec('sleep 60');
      await t.runs('sleep');
      await t.keys('ctrl+c');
      const result = await running;
      assert.deepEqual([result.status, result.exit_code, result.exit_source], ['completed', 130, 'mark'], JSON.stringify(result));
    },
  },
  {
    name: 'a timeout, a look and an end', run: { all: '' },
    play: async (t) => {
      await t.late('echo before; sleep 60', { status: 'timeout', reason: 'timeout', exit_code: null, stdout: 'before\n', foreground: 'sleep', alive: true });
      assert.match(await t.exec('echo no').catch(({ message }) => message), /busy.*sleep/);
      await t.keys('ctrl+c');
      await t.prompt();
    },
  },
  ...['interrupt', 'kill'].map((on_timeout) => ({
    name: `a timeout that does ${on_timeout}`, run: { all: '' },
    play: async (t) => {
      await t.late('sleep 60', { status: 'timeout', reason: 'timeout', exit_code: 130, exit_source: 'mark', ok: false }, { on_timeout });
    },
  })),
  {
    name: 'a timeout that kills what is deaf', run: { all: '' },
    play: async (t) => {
      await t.late(`sh -c "trap '' INT; sleep 60"`, { status: 'timeout', exit_code: 137 }, { on_timeout: 'kill' });
    },
  },
];

const ends = [
  ended('exit with a code', 'exit 3', { all: { code: 3 } }, { only: ['bash', 'zsh', 'fish', 'dash', 'ash', 'mksh'], piped: true }),
  ended('exit with a code beyond a byte', { bash: 'exit 300', zsh: 'exit 300', ash: 'exit 300', mksh: 'exit 300' }, { all: { code: 44 } }, { piped: true }),
  ended('exit after a failure', { bash: 'false; exit', zsh: 'false; exit', dash: 'false; exit', ash: 'false; exit', mksh: 'false; exit' }, { all: { code: 1 } }, { piped: true }),
  ended('exit behind output', { all: 'echo out; exit 3' }, { all: { code: 3 } }, { piped: true }),
  ended('exit behind output without a newline', { all: 'printf out; exit 3' }, { all: { code: 3 } }, { piped: true }),
  ended('exit in a branch', { posix: 'if true; then exit 3; fi', fish: 'if true; exit 3; end' }, { all: { code: 3 } }, { piped: true }),
  ended('exit behind a failure', { posix: 'false || exit 3', fish: 'false; or exit 3' }, { all: { code: 3 } }, { piped: true }),
  ended('exit in a function', { posix: 'leave() {\n  echo going; exit 3\n}\nleave' }, { all: { code: 3 } }, { piped: true }),
  ended('exit in a case', { posix: 'case a in a) exit 3 ;; esac' }, { all: { code: 3 } }, { piped: true }),
  ended('the word exit as output of a command that goes away', { posix: 'echo exit; exec true', fish: 'echo exit; exec true' }, { all: { code: 0 } }, { piped: true }),
  ended('exec of a program', { posix: "exec sh -c 'echo bye; exit 4'", fish: "exec sh -c 'echo bye; exit 4'" }, { all: { code: 4 } }, { output: /bye\n/ }),
  ended('kill -9 of the shell', { posix: 'kill -9 $$', fish: 'kill -9 $fish_pid' }, { all: { code: null, source: 'signal', signal: 'SIGKILL' } }),
  ended('kill -SEGV of the shell', { dash: 'kill -SEGV $$', ash: 'kill -SEGV $$' }, { all: { code: null, source: 'signal', signal: 'SIGSEGV' } }),
  ended('kill -HUP of the shell', { dash: 'kill -HUP $$', ash: 'kill -HUP $$' }, { all: { code: null, source: 'signal', signal: 'SIGHUP' } }),
  ended('a trap on EXIT', { bash: "trap 'echo trapped' EXIT; exit 7", zsh: "trap 'echo trapped' EXIT; exit 7", dash: "trap 'echo trapped' EXIT; exit 7", ash: "trap 'echo trapped' EXIT; exit 7", mksh: "trap 'echo trapped' EXIT; exit 7" }, { all: { code: 7 } }, { output: /trapped\n/, piped: true }),
  ended('set -e and a failure', { bash: 'set -e; false', zsh: 'set -e; false', dash: 'set -e; false', ash: 'set -e; false', mksh: 'set -e; false' }, { all: { code: 1 } }),
  {
    name: 'standard input closed', run: { dash: '', ash: '' },
    play: async (t) => {
      honest(await t.exec('exec <&-'), 0);
      await until(async () => !(await t.get()).alive, 'the end of the shell');
      return 'over';
    },
  },
  {
    name: 'the shell stops itself', run: { bash: 'kill -STOP $$', zsh: 'kill -STOP $$', dash: 'kill -STOP $$', ash: 'kill -STOP $$', mksh: 'kill -STOP $$', fish: 'kill -STOP $fish_pid' },
    play: async (t) => {
      const { pid } = await t.get();
      const wake = async () => {
        process.kill(pid, 'SIGCONT');
        await t.prompt();
      };
      const state = t.shell.name === 'fish' ? null : 'stopped';
      await t.late(t.words({ posix: 'kill -STOP $$', fish: 'kill -STOP $fish_pid' }), { status: 'timeout', exit_code: null, 'process.state': state }, { timeout: 1, leave: wake });
      await wake();
    },
  },
  {
    name: 'no input for TMOUT', run: { bash: 'TMOUT=1', zsh: 'TMOUT=1', mksh: 'TMOUT=1' },
    play: async (t) => {
      await t.done('TMOUT=1', '');
      await until(async () => !(await t.get()).alive, 'the end of the shell');
      return 'over';
    },
  },
  {
    name: 'ctrl+d at the prompt', run: { all: '' },
    play: async (t) => {
      await t.done(t.words({ posix: '(exit 3)', fish: "sh -c 'exit 3'" }), '', 3);
      await t.keys('ctrl+d');
      await until(async () => !(await t.get()).alive, 'the end of the shell');
      return 'over';
    },
  },
  {
    name: 'output to nowhere', run: { bash: '', zsh: '', dash: '', ash: '', mksh: '' },
    play: async (t) => {
      honest(await t.exec('exec >/dev/null; false', { timeout: 3 }), 1);
      honest(await t.exec('echo unseen; (exit 5)', { timeout: 3 }), 5);
      await t.exec('exec >/dev/tty', { timeout: 3 });
      return t.shell.name === 'ash' ? 'over' : undefined;  // its prompt went the same way
    },
  },
  {
    name: 'complaints to nowhere', run: { bash: '', zsh: '', dash: '', ash: '', mksh: '' },
    play: async (t) => {
      honest(await t.exec('exec 2>/dev/null; false', { timeout: 3 }), 1);
      honest(await t.exec('echo seen; (exit 5)', { timeout: 5 }), 5);
      await t.done('echo seen; (exit 6)', 'seen\n', 6);
      return 'over';
    },
  },
  {
    name: 'complaints to nowhere, typed', run: { dash: '' },
    play: async (t) => {
      await t.type('read word');
      assert.match(await t.exec('echo no', { timeout: 3 }).then(brief, ({ message }) => message), /busy/, 'the builtin reads');
      await t.type('word');
      await t.prompt();
      await t.type('exec 2>/dev/null');
      await t.done('echo "$word"; (exit 5)', 'word\n', 5);
      return 'over';
    },
  },
  {
    name: 'another shell in its place', run: { bash: 'exec bash', zsh: 'exec zsh', dash: 'exec dash', fish: 'exec fish', mksh: 'exec mksh', ash: 'exec "$HOME/ash"' },
    play: async (t) => {
      honest(await t.exec(t.words({ bash: 'exec bash', zsh: 'exec zsh', dash: 'exec dash', fish: 'exec fish', mksh: 'exec mksh', ash: 'exec "$HOME/ash"' }), { timeout: 2 }), 0);
      const next = await t.exec(`echo in the new one; ${t.words(five)}`, { timeout: 3 }).catch(({ message }) => message);
      if (typeof next === 'string') assert.match(next, /busy/);
      else honest(next, 5);
      return 'over';
    },
  },
  {
    name: 'a shell in the shell', run: { all: '' },
    play: async (t) => {
      const inner = t.words({ bash: 'bash --norc', zsh: 'zsh -f', fish: 'fish --no-config', dash: 'dash', mksh: 'mksh', ash: '"$HOME/ash"' });
      const result = await t.exec(inner, { timeout: 1.5 });
      assert.ok(!result.ok && result.exit_code === null, JSON.stringify(result));
      const next = await t.exec('echo no', { timeout: 2 }).catch(({ message }) => message);
      assert.match(String(next), /busy/, JSON.stringify(next));
      await t.type('exit 9');
      await t.prompt();
      assert.equal((await t.get()).last_exit_code ?? 9, 9);
    },
  },
  {
    name: 'a shell in a terminal of its own', run: { bash: '', dash: '' },
    play: async (t) => {
      const result = await t.exec("script -qc 'bash --norc' /dev/null", { timeout: 1.5 });
      assert.ok(!result.ok && result.exit_code === null, JSON.stringify(result));
      await t.type('exit 4');
      await t.prompt();
    },
  },
  {
    name: 'a program that asks for a name, by bash, after su', run: { bash: '' },
    play: async (t) => {
      const result = await t.exec('su root -c "bash --norc"', { timeout: 1.5 });
      assert.ok(!result.ok && result.exit_code === null, JSON.stringify(result));
      await t.type('exit 4');
      await t.prompt();
    },
  },
];

export const lives = [...jobs, ...ends];
