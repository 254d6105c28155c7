// Every example of the cookbook prints what it says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { start } from './support/daemon.mjs';
import { run_examples } from './support/run_examples.mjs';
import { agrees, blocks, examples } from './support/skill_text.mjs';
import { spec } from './support/suite.mjs';

const text = await readFile(new URL('../../docs/guide/cookbook.md', import.meta.url), 'utf8');

spec('cookbook: every block is marked, and there is one of each kind', () => {
  for (const { language, tags, line } of blocks(text)) assert.ok(['run', 'by-hand', 'answer'].includes(tags[0]), `line ${line}: ${language}`);
  assert.deepEqual(new Set(examples(text).map((one) => one.language)), new Set(['sh', 'python', 'js']));
});

spec('cookbook: every example gives what it says', async () => {
  const server = await start();
  try {
    const shown = examples(text);
    const ran = await run_examples(server, shown, { DUOTTY_URL: server.url });
    for (const [i, { body, answer, line }] of shown.entries()) {
      const { status, output } = ran[i];
      const story = `line ${line}\n${body}--- printed\n${output}--- should be\n${answer}`;
      assert.notEqual(status, null, `it did not end: ${story}`);
      if (answer !== null) assert.ok(agrees(output, answer), story);
    }
    const { terminals } = await server.api('GET', '/api/agent/terminals');
    assert.deepEqual(terminals, [], 'terminals are left open');
  } finally {
    await server.stop();
  }
}, { timeout: 180_000 });
