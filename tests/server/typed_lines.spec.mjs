// Commands that a person types in shells which mark only their prompts: dash, busybox ash, mksh, and bash under the name of sh.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../e2e/support/wait.mjs';
import { start } from './support/daemon.mjs';
import { shells } from './support/shell_cases.mjs';
import { spec } from './support/suite.mjs';
import { Viewer } from './support/viewer.mjs';

const unmarked = [...shells.filter(({ hooks }) => !hooks), { name: 'bash as sh', file: '/bin/bash', link: 'sh' }].filter(({ file }) => existsSync(file));

let shared = null;
function server() {
  shared ??= start();
  return shared;
}

async function program_of(s, shell) {
  if (shell.params) return shell.params.shell;
  const path = join(s.home, shell.link ?? 'ash');
  if (!existsSync(path)) await symlink(shell.file, path);
  return path;
}

/** A terminal with a person in front of it. */
class Person {
  static async sit(s, shell, params = {}) {
    const { id } = await s.shell({ shell: await program_of(s, shell), env: { PS1: '$ ', ENV: '' }, ...params });
    const person = new Person();
    Object.assign(person, { s, id, shell, viewer: await Viewer.open(s.unix, id, { name: 'somebody', cols: params.cols, rows: params.rows }), serial: 0 });
    return person;
  }

  keys(text) {
    this.viewer.type((this.serial += 1), text);
  }

  async shows(pattern) {
    await until(async () => (await this.s.screen(this.id)).some((row) => pattern.test(row.trimEnd())), `${this.shell.name}: ${pattern} on the screen`);
  }

  /** Types a line as it should look, and Enter once it does. */
  async line(text) {
    this.keys(text);
    const end = text.slice(-20).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    await this.shows(new RegExp(`${end}$`));
    this.keys('\r');
  }

  async blocks() {
    return (await this.s.api('GET', `/api/agent/terminals/${this.id}/commands`)).commands.reverse();
  }

  /** The block with this number, once it has ended. */
  ended(seq) {
    return until(async () => (await this.blocks()).find((block) => block.seq === seq && block.status !== 'running'), `${this.shell.name}: the end of command ${seq}`);
  }

  async output(block) {
    return (await this.s.api('GET', `/api/agent/output?output_ref=${block.output_ref}`)).text;
  }

  /** The continuation prompt stands, on the last row that has anything. */
  more() {
    return until(async () => (await this.s.screen(this.id)).map((row) => row.trimEnd()).filter(Boolean).at(-1) === '>', `${this.shell.name}: the continuation prompt`);
  }

  /** A new prompt stands there with nothing on its line: behind Enter that was typed ahead, in the row of the last one. */
  fresh() {
    return until(async () => /^[$#]( [$#])*$/.test((await this.s.screen(this.id)).map((row) => row.trimEnd()).filter(Boolean).at(-1)), `${this.shell.name}: a new prompt`);
  }

  prompt() {
    return this.s.at_prompt(this.id);
  }

  async leave() {
    this.viewer.close();
    await this.s.close(this.id).catch(() => undefined);
  }
}

const typed = (name, body, { only, ...params } = {}) => {
  for (const shell of unmarked.filter((one) => !only || only.includes(one.name))) {
    spec(`typed in ${shell.name}: ${name}`, async () => {
      const s = await server();
      const person = await Person.sit(s, shell, params);
      try {
        await body(person);
      } finally {
        await person.leave();
      }
    });
  }
};

const fields = ({ command, exit_code, status, by }) => [command, exit_code, status, by];

typed('text, code, output and times of each command', async (p) => {
  const lines = [['echo typed', 0, 'typed\n'], ['sh -c "echo out; exit 7"', 7, 'out\n'], ['false', 1, ''], ['cd /usr', 0, ''], ['printf end', 0, 'end'], ['no-such-thing 2>/dev/null', 127, ''], ["printf 'a\\n\\nb\\n'", 0, 'a\n\nb\n']];
  for (const [index, [line, code, output]] of lines.entries()) {
    const before = Date.now();
    await p.line(line);
    const block = await p.ended(index + 1);
    assert.deepEqual(fields(block), [line, code, 'completed', 'human']);
    assert.equal(await p.output(block), output, line);
    assert.ok(block.started * 1000 > before - 2000 && block.started * 1000 < Date.now() + 2000 && block.duration_ms >= 0, JSON.stringify(block));
    await p.prompt();
  }
  assert.equal((await p.blocks()).at(-1).cwd, '/usr');
});

typed('a program that says nothing is seen while it runs, and by whoever is refused', async (p) => {
  await p.line('sleep 61');
  const block = await until(async () => (await p.blocks()).at(-1), 'the command');
  assert.deepEqual(fields(block), ['sleep 61', null, 'running', 'human']);
  const busy = await p.s.exec(p.id, 'true').then(() => 'it ran', ({ message }) => message);
  assert.match(busy, /"command":"sleep 61"/);
  p.keys('\x03');
  assert.deepEqual(fields(await p.ended(1)), ['sleep 61', 130, 'completed', 'human']);
});

typed('corrections: what was entered, not what was typed', async (p) => {
  p.keys('echo wrnog');
  await p.shows(/wrnog$/);
  p.keys('\x7f\x7f\x7f');
  await p.line('ong; false');
  assert.deepEqual(fields(await p.ended(1)), ['echo wrong; false', 1, 'completed', 'human']);
  await p.prompt();
  p.keys('a whole line of nonsense');
  await p.shows(/nonsense$/);
  p.keys('\x15');
  await p.line('echo fresh');
  assert.equal((await p.ended(2)).command, 'echo fresh');
});

typed('empty lines, comments and lines that are given up are no commands', async (p) => {
  for (const line of ['', '   ', '# a comment']) {
    p.keys(`${line}\r`);
    await p.prompt();
  }
  p.keys('never entered');
  await p.shows(/never entered$/);
  p.keys('\x03');
  await p.fresh();
  await p.line('echo one');
  assert.deepEqual(fields(await p.ended(1)), ['echo one', 0, 'completed', 'human']);
  assert.equal((await p.blocks()).length, 1);
});

typed('a command over lines has all of them, one that is given up is none', async (p) => {
  await p.line('for i in 1 2; do');
  await p.more();
  await p.line('echo "<$i>"');
  await p.more();
  await p.line('done; (exit 4)');
  const block = await p.ended(1);
  assert.deepEqual(fields(block), ['for i in 1 2; do\necho "<$i>"\ndone; (exit 4)', 4, 'completed', 'human']);
  assert.equal(await p.output(block), '<1>\n<2>\n');
  await p.prompt();
  await p.line('if true; then');
  await p.more();
  p.keys('\x03');
  await p.fresh();
  await p.line('echo after');
  assert.equal((await p.ended(2)).command, 'echo after');
});

typed('history and the cursor: what is on the line counts', async (p) => {
  await p.line('echo first');
  await p.ended(1);
  await p.prompt();
  p.keys('\x1b[A');
  await until(async () => (await p.s.screen(p.id)).filter((row) => /[$#] echo first$/.test(row.trimEnd())).length === 2, 'the line again');
  p.keys('\r');
  assert.deepEqual(fields(await p.ended(2)), ['echo first', 0, 'completed', 'human']);
  await p.prompt();
  p.keys('echo ac');
  await p.shows(/echo ac$/);
  p.keys('\x1b[Db');
  await p.shows(/echo abc$/);
  p.keys('\r');
  const block = await p.ended(3);
  assert.deepEqual([block.command, await p.output(block)], ['echo abc', 'abc\n']);
}, { only: ['ash', 'mksh', 'bash as sh'] });

typed('keys that only leave their traces: the text is left empty', async (p) => {
  p.keys('echo x; : \x1b[D');
  await p.shows(/\^\[\[D$/);
  p.keys('\r');
  const block = await p.ended(1).catch(() => null) ?? (await p.blocks()).at(-1);
  assert.deepEqual([block?.command ?? '', block?.exit_code ?? 0], ['', 0]);
  await p.prompt();
  await p.line('echo y');
  assert.equal((await until(async () => (await p.blocks()).find(({ command, status }) => command === 'echo y' && status !== 'running'), 'the next one')).exit_code, 0);
}, { only: ['dash'] });

typed('a line longer than the window', async (p) => {
  const line = `echo ${'word '.repeat(12)}end`;
  p.keys(line);
  await p.shows(/end/);
  p.keys('\r');
  await p.shows(/^end$|word end$/);
  await p.prompt();
  const [block] = await p.blocks();
  // mksh scrolls it sideways: then nobody can read it on the screen.
  if (p.shell.name === 'mksh') assert.ok(!block || block.command === '', JSON.stringify(block));
  else assert.deepEqual(fields(block), [line, 0, 'completed', 'human']);
}, { cols: 40, rows: 12 });

typed('several lines at once, and lines typed ahead, are not guessed', async (p) => {
  p.keys('echo a1\recho a2\r\r');
  await p.shows(/^(. )?a2$/);
  await p.fresh();
  await p.line('sleep 0.3');
  p.keys('echo ahead\r');
  await p.shows(/^(. )?ahead$/);
  await p.fresh();
  for (const { command } of await p.blocks()) assert.ok(['', 'sleep 0.3'].includes(command), command);
  await p.line('echo last');
  await until(async () => (await p.blocks()).some(({ command, exit_code }) => command === 'echo last' && exit_code === 0), 'the last one');
});

typed('a job that prints at the prompt is not taken for the line', async (p) => {
  await p.line('(sleep 0.4; echo noise) &');
  await p.shows(/^(. )?noise$/);
  await p.line('echo quiet');
  await p.shows(/^quiet$/);
  await p.prompt();
  for (const { command } of await p.blocks()) assert.ok(['', '(sleep 0.4; echo noise) &', 'echo quiet'].includes(command), command);
});

typed('an exec between them is listed once, with its own words', async (p) => {
  await p.line('echo by hand');
  await p.ended(1);
  await until(() => p.s.exec(p.id, 'echo by agent; sh -c "exit 3"').then(({ exit_code }) => exit_code === 3, () => false), 'the exec');
  await p.line('echo again');
  await p.ended(3);
  assert.deepEqual((await p.blocks()).map(({ command, exit_code }) => [command, exit_code]), [['echo by hand', 0], ['echo by agent; sh -c "exit 3"', 3], ['echo again', 0]]);
});

typed('the shell that ends, and the prompt that is set anew', async (p) => {
  await p.line("PS1='new> '");
  await p.shows(/^new>/);
  await until(() => p.s.exec(p.id, 'echo still; sh -c "exit 5"').then(({ exit_code }) => exit_code === 5, () => false), 'an exec without marks');
});

typed('a line that ends the shell', async (p) => {
  await p.line('exit 3');
  const block = await until(async () => (await p.blocks()).find(({ status }) => status === 'shell_exited'), 'the end of the shell');
  assert.deepEqual(fields(block), ['exit 3', 3, 'shell_exited', 'human']);
});

typed('blocks outlive the worker', async (p) => {
  await p.line('echo before');
  await p.ended(1);
  await p.prompt();
  await p.line('sleep 61');
  await until(async () => (await p.blocks()).at(-1)?.status === 'running', 'the command to run');
  await p.s.kill_worker();
  await p.s.back();
  const again = await until(async () => {
    const list = await p.blocks();
    return list.length === 2 && list;
  }, 'the same commands');
  assert.deepEqual(again.map(fields), [['echo before', 0, 'completed', 'human'], ['sleep 61', null, 'running', 'human']]);
  await p.s.input(p.id, { keys: ['ctrl+c'], enter: false });
  assert.equal((await p.ended(2)).exit_code, 130);
}, { only: ['dash', 'mksh'] });
