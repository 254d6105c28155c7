// The command line's own words, its manual page and docs/cli.md say the same.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment_of, make_home, run_binary } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

async function program() {
  const env = environment_of(await make_home());
  return async (...args) => {
    const { code, stdout, stderr } = await run_binary(args, { env });
    assert.equal(code, 0, stderr);
    return stdout;
  };
}

/** A page as groff prints it, and what it complains about. */
function groff(page, ...args) {
  return new Promise((resolve, reject) => {
    const child = execFile('groff', ['-man', '-ww', '-Tutf8', '-P-cbou', ...args], (error, stdout, stderr) => (error ? reject(error) : resolve({ text: stdout, warnings: stderr })));
    child.stdin.end(page);
  });
}

/** Names of the commands with their other names, and of each its own options; found once. */
let known = null;
function described(duotty) {
  known ??= describe(duotty);
  return known;
}

async function describe(duotty) {
  const top = await duotty('--help');
  const commands = [...top.matchAll(/^ {2}([a-z]+(?:, [a-z]+)*) {2,}\S/gm)].map(([, names]) => names.split(', '));
  const common = new Set([...top.matchAll(/(?<=^ {2}(?:-\w,)?)--[a-z-]+/gm)].map(([name]) => name));
  return Promise.all(
    commands.map(async (names) => {
      const page = await duotty(names[0], '--help');
      const options = [...page.matchAll(/(?<=^ {2}(?:-\w,)?)--[a-z-]+/gm)].map(([name]) => name).filter((name) => !common.has(name));
      return { names, about: /^(.*)\n/.exec(page)[1], options };
    }),
  );
}

const plain = (text) => text.replace(/[`"]/g, '').replace(/\\\|/g, '|').replace(/\s+/g, ' ').trim();

/** The rows of the table below a heading: their first two cells. */
function table(page, heading) {
  const part = page.slice(page.indexOf(`\n## ${heading}\n`) + 1);
  const rows = part.slice(0, part.indexOf('\n## ', 4) >>> 0).split('\n').filter((line) => line.startsWith('| '));
  return rows.map((line) => line.split(/(?<!\\)\|/).slice(1, 3).map(plain));
}

spec('cli docs: groff reads the manual page without a warning, and it has every command and option', async () => {
  const duotty = await program();
  const page = await duotty('man');
  const { text, warnings } = await groff(page);
  assert.equal(warnings, '');
  assert.match(text, /^DUOTTY\(1\) +User Commands +DUOTTY\(1\)\n/);
  const commands = await described(duotty);
  assert.ok(commands.length > 25);
  // Headings of commands are three columns in, whatever the width.
  const sections = (await groff(page, '-rLL=400n')).text.split(/^(?= {0,3}\S)/m);
  for (const { names, about, options } of commands) {
    const section = sections.find((one) => one.startsWith(`   ${names[0]}\n`))?.replace(/\s+/g, ' ');
    assert.ok(section, `the page has no ${names[0]}`);
    assert.ok(section.includes(`duotty ${names[0]} [OPTIONS]`), section);
    assert.ok(section.includes(`${about}.`), `${names[0]}: ${about}`);
    for (const word of [...names.slice(1), ...options]) assert.ok(section.includes(word), `${names[0]}: ${word}`);
  }
  for (const width of ['60', '200']) assert.equal((await groff(page, `-rLL=${width}n`)).warnings, '', `${width} columns`);
});

spec('cli docs: docs/cli.md and the manual page have the same commands, exit statuses and variables', async () => {
  const duotty = await program();
  const docs = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const manual = plain((await groff(await duotty('man'), '-rLL=400n')).text);
  const commands = table(docs, 'Commands').flatMap(([cell]) => cell.split(', ').map((one) => one.split(' ')[0]));
  for (const { names } of await described(duotty)) assert.ok(commands.includes(names[0]), `docs/cli.md has no row of ${names[0]}`);
  const statuses = table(docs, 'Exit statuses').slice(1);
  assert.ok(statuses.length > 10);
  for (const [status, meaning] of statuses) assert.ok(manual.includes(`${status} ${meaning}`), `${status} ${meaning}`);
  const variables = table(docs, 'Variables').slice(1).flatMap(([names]) => names.split(', '));
  for (const name of [...variables, 'DUOTTY_URL']) assert.ok(manual.includes(name), name);
  const [, environment] = /ENVIRONMENT (.*) FILES/.exec(manual);
  assert.deepEqual([...new Set(environment.match(/\b(?:DUOTTY_[A-Z_]+|NO_COLOR)\b/g))].sort(), [...variables].sort());
});

spec('cli docs: the usage line of a command that takes free words has them', async () => {
  const duotty = await program();
  for (const command of ['new', 'exec', 'send']) assert.match(await duotty(command, '--help'), /^Usage: duotty \w+ \[OPTIONS\].* \[--\] \[WORD\.\.\.\]$/m);
  assert.match(await duotty('wait', '--help'), /^Usage: duotty wait \[OPTIONS\] TERM$/m);
});

spec('cli docs: what is installed is the program with the page and the completions that it prints', async () => {
  const duotty = await program();
  const prefix = join(await make_home(), 'a prefix');
  await promisify(execFile)(new URL('../../scripts/install.sh', import.meta.url).pathname, [process.env.DUOTTY_BIN, prefix]);
  const installed = (path) => readFile(join(prefix, path), 'utf8');
  assert.equal((await stat(join(prefix, 'bin/duotty'))).mode & 0o777, 0o755);
  assert.equal(await installed('share/man/man1/duotty.1'), await duotty('man'));
  assert.equal(await installed('share/bash-completion/completions/duotty'), await duotty('completion', 'bash'));
  assert.equal(await installed('share/zsh/site-functions/_duotty'), await duotty('completion', 'zsh'));
  assert.equal(await installed('share/fish/vendor_completions.d/duotty.fish'), await duotty('completion', 'fish'));
});
