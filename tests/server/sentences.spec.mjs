// What sentences of the program name must exist: its commands, its options, its documents.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { environment_of, make_home, run_binary } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

const root = new URL('../../', import.meta.url);
/** Words that follow the name in plain prose. */
const prose = new Set(['itself', 'with', 'while', 'server', 'answers', 'as', 'does', 'keeps', 'runs', 'is', 'has', 'was', 'made', 'cannot', 'on', 'again', 'keeper']);
/** Options that no help shows: hidden ones, and the usual other word for a command. */
const hidden = new Set(['version', 'type', 'connection-id']);

async function literals() {
  const found = [];
  for (const entry of await readdir(new URL('src/', root), { recursive: true })) {
    if (!entry.endsWith('.cpp')) continue;
    const code = readFileSync(new URL(`src/${entry}`, root), 'utf8').replace(/^\s*\/\/.*$/gm, '');
    // Adjacent literals are one text.
    for (const [, text] of code.replace(/"\s*\n\s*"/g, '').matchAll(/"((?:[^"\\\n]|\\.)*)"/g)) found.push({ entry, text });
  }
  return found;
}

async function help() {
  const env = environment_of(await make_home());
  const text = async (args) => (await run_binary(args, { env })).stdout;
  const top = await text(['--help']);
  const commands = [...top.matchAll(/^ {2}([a-z]+(?:, [a-z]+)*) {2,}\S/gm)].flatMap(([, names]) => names.split(', '));
  const all = await Promise.all(commands.map((name) => text([name, '--help'])));
  const options = new Set([top, ...all].flatMap((page) => [...page.matchAll(/--([a-z][a-z-]+)/g)].map(([, name]) => name)));
  return { commands: new Set(commands), options };
}

spec('sentences name commands, options and documents that exist', async () => {
  const { commands, options } = await help();
  assert.ok(commands.has('serve') && commands.has('call') && options.has('allow-host'));
  const wrong = [];
  for (const { entry, text } of await literals()) {
    for (const [, word] of text.matchAll(/\bduotty ([a-z]+)\b/g)) {
      if (!commands.has(word) && !prose.has(word)) wrong.push(`${entry}: there is no "duotty ${word}": ${text}`);
    }
    const ours = /^(cli|daemon|http|net|rpc|ws|api|session|llm)\//.test(entry) && !/completion|worker_options|serve\.cpp/.test(entry);
    for (const [, name] of ours ? text.matchAll(/(?:^|[\s(])--([a-z][a-z-]+)/g) : []) {
      if (!options.has(name) && !hidden.has(name)) wrong.push(`${entry}: there is no --${name}: ${text}`);
    }
    for (const [path] of text.matchAll(/\bdocs\/[a-z-]+\.md\b/g)) {
      if (!existsSync(new URL(path, root))) wrong.push(`${entry}: there is no ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});
