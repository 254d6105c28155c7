// One table of cases for all shells: what a command prints and answers is what the same shell does with it in a pipe, and
// whatever it does to its terminal, its shell or itself, the next one is answered as truly.
//   DUOTTY_CASE=pattern-of-names DUOTTY_CASE_SHELLS=bash,mksh
import assert from 'node:assert/strict';
import { spec } from './support/suite.mjs';
import { run_all, shells, words_for } from './support/shell_cases.mjs';
import { outcomes } from './support/shell_cases_outcomes.mjs';
import { outputs } from './support/shell_cases_outputs.mjs';
import { lives } from './support/shell_cases_lives.mjs';
import { places } from './support/shell_cases_places.mjs';
import { states } from './support/shell_cases_states.mjs';
import { typed } from './support/shell_cases_typed.mjs';
import { frameworks } from './support/shell_cases_frameworks.mjs';

const wanted = process.env.DUOTTY_CASE_SHELLS?.split(',');
const all = [...outcomes, ...outputs, ...states, ...lives, ...places, ...typed, ...frameworks].filter(({ name }) => new RegExp(process.env.DUOTTY_CASE ?? '').test(name));
const running = new Map();

/** The shells run at the same time, from the first spec on. */
function results_of(shell) {
  if (running.size === 0) {
    for (const one of chosen) {
      const done = run_all(one, all);
      done.catch(() => undefined);
      running.set(one.name, done);
    }
  }
  return running.get(shell.name);
}

const chosen = shells.filter(({ name }) => !wanted || wanted.includes(name));

spec('the table of cases: each has a name of its own and words for a shell', async () => {
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const one of all) assert.ok(one.play || shells.some((shell) => words_for(shell, one.run) !== undefined), one.name);
});

for (const shell of chosen) {
  spec(`every case in ${shell.name}`, async () => {
    const results = await results_of(shell);
    const failed = results.filter(({ failure }) => failure);
    if (process.env.DUOTTY_CASE_TIMES) for (const { name, took } of results) process.stdout.write(`# ${shell.name} ${took} ms: ${name}\n`);
    assert.ok(failed.length === 0, failed.map(({ name, failure }) => `\n--- ${name}\n${failure.stack}`).join('\n'));
  }, { timeout: 900_000 });
}
