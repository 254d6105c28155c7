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

/** options: of `new_person`, and `server` ("main" or "locked") */
export function spec(name, options, body) {
  test(name, { timeout: 90_000 }, async () => {
    counts.failed += 1;  // until it has passed: a test that is out of time never comes back
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
    counts.failed -= 1;
    counts.passed += 1;
  });
}
