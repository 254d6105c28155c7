// Runs the cases of shell_cases_*.mjs: the same case in every shell it has words for, each shell with a server of its own.
// What a command has to print and to answer is what the same shell does with it in a pipe.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from '../../e2e/support/wait.mjs';
import { start } from './daemon.mjs';

/** `hooks`: the shell tells where a command starts, so a typed one has a block and unfinished input is `incomplete`. */
export const shells = [
  { name: 'bash', family: 'posix', hooks: true, file: '/bin/bash', params: { shell: '/bin/bash' }, pipe: ['--norc'] },
  { name: 'zsh', family: 'posix', hooks: true, file: '/usr/bin/zsh', params: { shell: '/usr/bin/zsh' }, pipe: ['-f', '-o', 'interactivecomments'] },
  { name: 'fish', family: 'fish', hooks: true, file: '/usr/bin/fish', params: { shell: '/usr/bin/fish' }, pipe: ['--no-config'] },
  { name: 'dash', family: 'posix', hooks: false, file: '/usr/bin/dash', params: { shell: '/usr/bin/dash' }, pipe: [] },
  { name: 'ash', family: 'posix', hooks: false, file: '/usr/bin/busybox', params: null, pipe: ['ash'] },
  { name: 'mksh', family: 'posix', hooks: false, file: '/usr/bin/mksh', params: { shell: '/usr/bin/mksh' }, pipe: [] },
].filter(({ file }) => existsSync(file));

/** The words of a case for this shell, or undefined: by its name, its family, or for all. */
export function words_for(shell, words) {
  if (typeof words !== 'object' || words === null || words instanceof RegExp) return words;
  for (const key of [shell.name, shell.family, 'all']) if (key in words) return words[key];
  return undefined;
}

/** What a command does in a pipe. `merged`: its complaints stand in the output, as in a terminal. */
export function in_a_pipe(shell, command, { environment, merged = false, cwd } = {}) {
  const options = { env: { ...environment, LC_ALL: 'C.UTF-8' }, cwd: cwd ?? environment.HOME, encoding: 'utf8', maxBuffer: 64 << 20, timeout: 120_000 };
  const argv = [...shell.pipe, '-c', command];
  const [file, list] = merged ? ['/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', shell.file, ...argv]] : [shell.file, argv];
  return new Promise((resolve) => {
    const child = execFile(file, list, options, (error, stdout, stderr) => {
      const code = error ? (error.signal ? 128 + constants.signals[error.signal] : error.code) : 0;
      resolve({ code, stdout, stderr });
    });
    child.stdin.end();
  });
}

/** Where two texts differ: to print a megabyte helps nobody. */
export function same_text(actual, expected, what) {
  if (actual === expected) return;
  let at = 0;
  while (at < expected.length && actual[at] === expected[at]) at += 1;
  const part = (value) => JSON.stringify(value.slice(Math.max(0, at - 40), at + 80));
  assert.fail(`${what}: at ${at} of ${expected.length} (got ${actual.length}): ${part(actual)} instead of ${part(expected)}`);
}

/** True codes or none, whatever came of it; never `completed` without a mark. */
export function honest(result, code) {
  const what = JSON.stringify(result);
  if (result.status === 'completed') assert.deepEqual([result.exit_code, result.exit_source], [code, 'mark'], what);
  else assert.ok(!result.ok && (result.exit_code === null || result.exit_source !== 'mark' || result.exit_code === code), what);
}

export const brief = (result) => JSON.stringify({ ...result, stdout: result.stdout?.slice(-600) });

/** A terminal with one shell at its prompt, and what is done in it. */
export class Terminal {
  static async open(place, params = {}) {
    const { id } = await place.server.create({ ...place.params, ...params, env: { LC_ALL: 'C.UTF-8', ENV: '$HOME/.shrc', ...params.env } });
    const terminal = new Terminal(place, id);
    await terminal.prompt();
    return terminal;
  }

  constructor(place, id) {
    Object.assign(this, { place, id, shell: place.shell, server: place.server, home: place.server.home });
  }

  words(words) {
    return words_for(this.shell, words);
  }

  /** Nothing that is answered shows the nonce. */
  async exec(command, more = {}) {
    const result = await this.server.exec(this.id, command, { timeout: 60, ...more });
    assert.ok(!/7717;[\w-]{20}/.test(result.stdout), `the nonce is seen: ${result.stdout.slice(0, 2000)}`);
    return result;
  }

  /** Runs it; it must have completed, by a mark. Undefined fields are not looked at. */
  async done(command, stdout, code = 0, more = {}) {
    const result = await this.exec(command, more);
    const what = `${this.shell.name}: ${JSON.stringify(command.slice(0, 200))}: ${brief(result)}`;
    assert.equal(result.status, 'completed', what);
    assert.deepEqual([result.ok, result.exit_source, result.alive], [true, 'mark', true], what);
    if (code !== undefined) assert.equal(result.exit_code, code, what);
    if (stdout instanceof RegExp) assert.match(result.stdout, stdout, what);
    else if (stdout !== undefined) same_text(result.stdout, stdout, what);
    return result;
  }

  /** Runs it; it must end and print as in a pipe. */
  async same(command, { merged, any_output, says, ...more } = {}) {
    const expected = await in_a_pipe(this.shell, command, { environment: this.server.environment, merged });
    const quiet = merged || expected.stderr === '';
    const result = await this.done(command, quiet && !any_output ? expected.stdout : undefined, expected.code, more);
    if (says) assert.match(result.stdout, says);
    return result;
  }

  /** As somebody at the keyboard. */
  type(data, more = {}) {
    return this.server.input(this.id, { data, ...more });
  }

  keys(...keys) {
    return this.server.input(this.id, { keys, enter: false });
  }

  get() {
    return this.server.get(this.id);
  }

  /** Waits until this program has the terminal. */
  runs(program) {
    return until(async () => (await this.exec('true', { timeout: 1 }).then(() => '', ({ message }) => message)).includes(program), `${program} in the foreground`);
  }

  prompt() {
    return this.server.at_prompt(this.id);
  }

  /** The prompt that follows what was just typed: a new one, not the one before it. */
  async rows() {
    return (await this.server.screen(this.id)).map((line) => line.trimEnd());
  }

  shows(pattern) {
    return until(async () => (await this.rows()).some((row) => pattern.test(row)), `${this.shell.name}: ${pattern} on the screen`);
  }

  async blocks() {
    return (await this.server.api('GET', `/api/agent/terminals/${this.id}/commands`)).commands;
  }

  /** The shell takes commands, and answers them right. */
  async is_well(word = 'well') {
    // A job that has ended meanwhile is told of.
    const { stdout } = await this.done(`echo ${word}; sh -c 'exit 6'`, undefined, 6);
    same_text(stdout.replace(/^\[\d+\].* done .*\n/im, ''), `${word}\n`, `${this.shell.name}, at the end`);
  }

  /** An exec that is to be answered before its command has ended: again with more time where that had not got so far. */
  async late(command, expected, { timeout = 0.6, leave, ...more } = {}) {
    for (let factor = 1; ; factor *= 4) {
      const result = await this.exec(command, { ...more, timeout: timeout * factor });
      const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, key.split('.').reduce((value, part) => value?.[part], result) ?? null]));
      if (factor > 16 || JSON.stringify(seen) === JSON.stringify(expected)) {
        assert.deepEqual(seen, expected, `${this.shell.name}: ${brief(result)}`);
        return result;
      }
      if ((await this.get()).state === 'prompt') continue;
      if (leave) {
        await leave();
        continue;
      }
      await this.keys('ctrl+c');
      await this.prompt();
    }
  }

  signal(name) {
    return this.server.api('POST', `/api/agent/terminals/${this.id}/signal`, { signal: name });
  }

  async close() {
    await this.server.close(this.id).catch(() => undefined);
  }
}

/** A server with the files that the cases need. */
export async function place_for(shell) {
  const server = await start();
  await mkdir(join(server.home, '.config/fish'), { recursive: true });
  await writeFile(join(server.home, '.zshrc'), '');
  await writeFile(join(server.home, '.config/fish/config.fish'), 'set -g fish_greeting\n');
  let params = shell.params;
  if (!params) {
    params = { shell: join(server.home, 'ash') };
    await symlink(shell.file, params.shell);
  }
  return { shell, server, params };
}

/** Writes the shell's own start file. */
export async function start_file(place, text) {
  const name = { bash: '.bashrc', zsh: '.zshrc', fish: '.config/fish/config.fish' }[place.shell.name] ?? '.shrc';
  const path = join(place.server.home, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function run_plain(shared, one) {
  const { run, code, stdout, ...how } = one;
  const terminal = one.fresh ? await Terminal.open(shared.place) : shared.terminal;
  const command = terminal.words(run);
  const expected_code = terminal.words(code);
  const expected_text = terminal.words(stdout);
  const options = { merged: terminal.words(how.merged), says: terminal.words(how.says), any_output: terminal.words(how.any_output), ...how.options };
  if (expected_code === undefined && expected_text === undefined) await terminal.same(command, options);
  else await terminal.done(command, expected_text, expected_code, how.options);
  if (one.fresh) {
    await terminal.is_well();
    await terminal.close();
  }
}

async function run_played(place, one) {
  const file = one.start && words_for(place.shell, one.start);
  const path = file && (await start_file(place, file));
  const terminal = await Terminal.open(place, one.params);
  if (path) await start_file(place, place.shell.name === 'fish' ? 'set -g fish_greeting\n' : '');
  const over = await one.play(terminal);
  if (over !== 'over') await terminal.is_well();
  await terminal.close();
}

const applies = (shell, one) => (one.run === undefined || words_for(shell, one.run) !== undefined) && (!one.only || one.only.includes(shell.name)) && (!one.start || words_for(shell, one.start) !== undefined);

/** Every case that has words for this shell, in order; answers a list of {name, failure}. */
export async function run_all(shell, cases) {
  const place = await place_for(shell);
  const outcomes = [];
  let terminal = await Terminal.open(place);
  for (const one of cases.filter((each) => applies(shell, each))) {
    let failure = null;
    const began = Date.now();
    try {
      if (one.play) await run_played(place, one);
      else await run_plain({ place, terminal }, one);
    } catch (error) {
      failure = error;
      // What is left of it shall not be the next one's concern.
      await terminal.close();
      terminal = await Terminal.open(place);
    }
    outcomes.push({ name: one.name, failure, took: Date.now() - began });
  }
  await place.server.stop();
  return outcomes;
}
