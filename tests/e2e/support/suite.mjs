// What every spec uses: `spec` runs a test with a person's browser and a server without terminals.
import { test } from 'node:test';
import { new_person } from './browser.mjs';

let shared = null;
const counts = { passed: 0, failed: 0 };

export function summary() {
  return `${counts.passed} passed, ${counts.failed} failed`;
}

export function some_failed() {
  return counts.failed > 0;
}

export function provide(environment) {
  shared = environment;
}

export function environment() {
  return shared;
}

/** So many tests may fail and pass at once when they are run again; with more, something is wrong. */
const most_again = process.env.DUOTTY_SPEC_AGAIN === '0' ? 0 : 2;
let run_again = 0;

async function attempt(name, options, body) {
  const server = options.server === 'locked' ? shared.locked : shared.main;
  if (options.server !== 'locked') await server.clear();
  const person = await new_person(shared.browser, server, options);
  try {
    await body({ person, server, tab: options.closed ? null : await person.open(options.path) });
  } catch (error) {
    const pages = person.context.pages();
    const file = name.replace(/\W+/g, '-').slice(0, 60);
    await pages[0]?.screenshot({ path: new URL(`../artifacts/failed-${file}.png`, import.meta.url).pathname }).catch(() => undefined);
    await person.leave().catch((complaints) => process.stderr.write(`${complaints.message}\n`));
    throw error;
  }
  await person.leave();
}

/**
 * options: of `new_person`, and `server` ("main" or "locked"). Tests wait with a bound, and a machine that is busy enough
 * breaks every bound: one that fails is run once more, and that is said, so that somebody looks.
 */
export function spec(name, options, body) {
  test(name, { timeout: 180_000 }, async () => {
    counts.failed += 1;  // until it has passed: a test that is out of time never comes back
    try {
      await attempt(name, options, body);
    } catch (error) {
      if (run_again >= most_again) throw error;
      run_again += 1;
      process.stdout.write(`# ${name}: ${error.stack}\n`);
      await attempt(name, options, body);
      process.stdout.write(`# UNSTABLE: "${name}" failed and passed when it was run again\n`);
    }
    counts.failed -= 1;
    counts.passed += 1;
  });
}
