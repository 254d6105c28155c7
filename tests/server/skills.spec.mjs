// The skill and its guides: what they name exists, what they show works, and the server serves them as they are.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main_server, start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { run_examples } from './support/run_examples.mjs';
import { agrees, blocks, code, examples, folder, front_matter, invocations, pages } from './support/skill_text.mjs';
import { bindings, method_list } from './support/surfaces.mjs';
import { spec } from './support/suite.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const usual = 'http://localhost:3000';
const all = await pages();
const guides = all.slice(1);

/** What the server says that exists. */
async function facts() {
  const server = await main_server();
  const document = await server.api('GET', '/api/openapi.json');
  const methods = new Set((await method_list(server)).map((method) => method.name));
  const markdown = (await server.cli(['schema', 'markdown'])).stdout;
  const head = await readFile(join(root, 'docs/api.head.md'), 'utf8');
  return { server, document, methods, bound: bindings(document), words: new Set((JSON.stringify(document) + markdown + head).match(/[a-z0-9]+(?:_[a-z0-9]+)+/g)) };
}

/** The names of a method's parameters, from the OpenAPI document. */
function parameters(document, { verb, path }) {
  const operation = document.paths[path][verb.toLowerCase()];
  let schema = operation.requestBody?.content?.['application/json']?.schema ?? {};
  if (schema.$ref) schema = schema.$ref.slice(2).split('/').reduce((at, key) => at[key], document);
  return new Set([...(operation.parameters ?? []).map((one) => one.name), ...Object.keys(schema.properties ?? {})]);
}

// --- what is named ---------------------------------------------------------------------------------------------------

spec('skills: every command and flag exists', async () => {
  const { server } = await facts();
  const help = new Map();
  const help_of = async (verb) => {
    if (!help.has(verb)) help.set(verb, await server.cli([verb, '--help']));
    return help.get(verb);
  };
  let seen = 0;
  for (const { path, text } of all) {
    for (const { verb, flags } of code(text).all.flatMap(invocations)) {
      const { code: status, stdout } = await help_of(verb);
      assert.equal(status, 0, `${path}: there is no "duotty ${verb}"`);
      const offered = new Set(stdout.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g));
      for (const flag of flags) assert.ok(offered.has(flag), `${path}: "duotty ${verb}" has no ${flag}`);
      seen += 1;
    }
  }
  assert.ok(seen > 100, `only ${seen} commands were found`);
});

spec('skills: every method and its parameters exist', async () => {
  const { methods, bound, document } = await facts();
  const groups = new Set([...methods].filter((name) => name.includes('.')).map((name) => name.split('.')[0]));
  let seen = 0;
  for (const { path, text } of all) {
    const { inline, all: everything } = code(text);
    const named = inline.filter((word) => /^[a-z]+\.[a-z_]+$/.test(word) && groups.has(word.split('.')[0]));
    const in_json = everything.flatMap((part) => [...part.matchAll(/"method":"([^"]+)"/g)].map((match) => match[1]));
    for (const name of [...named, ...in_json]) {
      assert.ok(methods.has(name), `${path}: there is no method ${name}`);
      seen += 1;
    }
    for (const part of everything) {
      for (const [, name, json, pairs] of part.matchAll(/duotty call ([a-z_.]+)(?: ["'](\{.*?\})["'])?((?: -p [a-z_]+=)*)/g)) {
        assert.ok(methods.has(name), `${path}: there is no method ${name}`);
        const known = parameters(document, bound.get(name));
        // A variable of the shell may stand for a number.
        const members = json ? Object.keys(JSON.parse(json.replaceAll('\\"', '"').replace(/:\$\w+/g, ':0'))) : [];
        const given = [...members, ...[...pairs.matchAll(/-p ([a-z_]+)=/g)].map((match) => match[1])];
        for (const parameter of given) assert.ok(known.has(parameter), `${path}: ${name} has no parameter ${parameter}`);
        seen += 1;
      }
    }
  }
  assert.ok(seen > 30, `only ${seen} methods were found`);
});

spec('skills: every path exists', async () => {
  const { bound } = await facts();
  const paths = [...[...bound.values()].map((one) => one.path), '/ws/agent', '/ws/terminal/{id}'];
  const templates = paths.map((path) => new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`));
  for (const { path, text } of all) {
    for (const [written] of text.matchAll(/\/(?:api|ws|health)\b[\w/{}$.-]*/g)) {
      const plain = written.replace(/[.]$/, '');
      assert.ok(templates.some((template) => template.test(plain)), `${path}: there is no ${plain}`);
    }
  }
});

spec('skills: every field, value and variable exists', async () => {
  const { words } = await facts();
  const variables = (await readFile(join(root, 'docs/cli.md'), 'utf8')) + (await readFile(join(root, 'docs/guide/configuration.md'), 'utf8'));
  for (const { path, text } of all) {
    for (const part of code(text).inline) {
      if (!/^[a-z0-9_ :."{}]+$/.test(part)) continue;
      for (const [word] of part.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)) assert.ok(words.has(word), `${path}: nothing is called ${word}`);
    }
    for (const [name] of text.matchAll(/\bDUOTTY_[A-Z]+\b/g)) assert.ok(variables.includes(`\`${name}\``), `${path}: there is no variable ${name}`);
  }
});

spec('skills: the table of requests is right', async () => {
  const { bound, document } = await facts();
  const page = all.find((one) => one.name === 'over-http').text;
  const rows = [...page.matchAll(/^\| `duotty (\w+)` \| `([A-Z]+) (\S+)` \|(.*)\|$/gm)];
  assert.ok(rows.length >= 10);
  for (const [, , verb, path, names] of rows) {
    const binding = [...bound.values()].find((one) => one.verb === verb && one.path === path);
    assert.ok(binding, `there is no ${verb} ${path}`);
    const known = parameters(document, binding);
    for (const [, name] of names.matchAll(/`(\w+)`/g)) assert.ok(known.has(name), `${verb} ${path} has no parameter ${name}`);
  }
});

spec('skills: links lead somewhere, and the skill lists every guide', async () => {
  for (const { path, text } of all) {
    for (const [, target] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      const file = resolve(dirname(join(folder, path)), target);
      assert.ok(all.some((one) => join(folder, one.path) === file), `${path}: ${target} leads nowhere`);
    }
  }
  const listed = [...all[0].text.matchAll(/^\| \[([\w-]+)\]\(guides\/([\w-]+)\.md\)/gm)].map(([, name, file]) => (assert.equal(name, file), name));
  assert.deepEqual(listed.sort(), guides.map((guide) => guide.name));
});

spec('skills: front matter and marks of blocks', () => {
  const skill = front_matter(all[0].text);
  assert.equal(skill.name, 'duotty');
  assert.match(skill.version, /^\d+$/);
  assert.ok(skill.description.length <= 1024, 'the description is longer than skills may have');
  for (const { name, path, text } of guides) {
    const head = front_matter(text);
    assert.deepEqual(Object.keys(head), ['name', 'title', 'description'], path);
    assert.equal(head.name, name);
    assert.ok(examples(text).length >= 3, `${path} has few examples`);
    assert.ok(text.split('\n').length <= 180, `${path} is long`);
  }
  for (const { path, text } of all) {
    assert.doesNotMatch(text, /\{\{/, path);
    for (const block of blocks(text)) {
      const marked = block.language === 'sh' ? block.tags.some((tag) => ['run', 'by-hand'].includes(tag)) : block.language === 'text' && block.tags.includes('answer');
      assert.ok(marked, `${path}:${block.line}: a block of code is not marked as run, by-hand or answer`);
    }
  }
});

// --- what is shown ---------------------------------------------------------------------------------------------------

for (const { name, path } of all) {
  spec(`skills: every example of ${name} gives what it says`, async () => {
    const server = await start();
    try {
      const served = (await ask(server.tcp, { path: name === 'SKILL' ? '/api/agent/skill.md' : `/api/agent/guides/${name}` })).text;
      const shown = examples(served);
      const variables = name === 'SKILL' ? {} : { DUOTTY_URL: server.url, DUOTTY_TOKEN: await server.handshake_token() };
      const ran = await run_examples(server, shown, variables);
      for (const [i, { body, answer, line }] of shown.entries()) {
        const { status, output } = ran[i];
        const story = `${path}:${line}\n${body}--- printed\n${output}--- should be\n${answer}`;
        assert.notEqual(status, null, `it did not end: ${story}`);
        if (answer !== null) assert.ok(agrees(output, answer), story);
      }
      const { terminals } = await server.api('GET', '/api/agent/terminals');
      assert.deepEqual(terminals.map((one) => one.name || one.id), [], `${path} leaves terminals open`);
    } finally {
      await server.stop();
    }
  }, { timeout: 180_000 });
}

// --- what is served --------------------------------------------------------------------------------------------------

spec('skills: the server serves them with its own address, and their version', async () => {
  const server = await main_server();
  const here = (text) => text.replaceAll(usual, server.url);
  const get = (path) => ask(server.tcp, { path: `/api/agent/${path}` });
  assert.equal((await get('skill.md')).text, here(all[0].text));
  const list = (await get('guides')).json;
  assert.equal(String(list.version), front_matter(all[0].text).version);
  assert.deepEqual(list.guides, guides.map(({ name, text }) => {
    const { title, description } = front_matter(text);
    return { description, name, path: `/api/agent/guides/${name}`, title };
  }));
  for (const { name, text } of guides) {
    for (const path of [`guides/${name}`, `guides/${name}.md`]) {
      const page = await get(path);
      assert.match(page.headers['content-type'], /^text\/markdown; charset=utf-8/i);
      assert.equal(page.text, here(text), path);
    }
  }
  const missing = await get('guides/nothing');
  assert.deepEqual([missing.status, missing.code], [404, 'not_found']);
  assert.equal((await get('guides/..%2fSKILL')).status, 400);
  const local = await ask(server.unix, { path: '/api/agent/handshake' });
  assert.match(local.json.base_url, new RegExp(`:${server.port}$`), 'the address of the socket is no address');
});

spec('skills: the plugin for Claude Code names files that are there', async () => {
  const json = async (path) => JSON.parse(await readFile(join(root, path), 'utf8'));
  const market = await json('.claude-plugin/marketplace.json');
  assert.match(market.name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  assert.equal(typeof market.owner.name, 'string');
  const [entry, ...others] = market.plugins;
  assert.deepEqual(others, []);
  assert.match(entry.source, /^\.\//);
  const plugin = await json(join(entry.source, '.claude-plugin/plugin.json'));
  assert.deepEqual([entry.name, entry.description], [plugin.name, plugin.description]);
  const [, version] = /project\(duotty VERSION (\S+)/.exec(await readFile(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.equal(plugin.version, version, 'an update of the plugin is noticed by its version');
  for (const path of plugin.skills) {
    const text = await readFile(join(root, entry.source, path, 'SKILL.md'), 'utf8');
    assert.equal(front_matter(text).name, path.split('/').pop());
  }
});
