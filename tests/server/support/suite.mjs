// `spec` is a bounded test that is counted; the count is printed at the end of the run.
import { test } from 'node:test';

const counts = { passed: 0, failed: 0 };

/** DUOTTY_TEST runs only the specs whose name contains it. */
export function spec(name, body, { timeout = 120_000 } = {}) {
  if (process.env.DUOTTY_TEST && !name.includes(process.env.DUOTTY_TEST)) return;
  test(name, { timeout: timeout + 10_000 }, async () => {
    let timer = null;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not finished after ${timeout / 1000} s`)), timeout);
    });
    try {
      await Promise.race([body(), late]);
      counts.passed += 1;
    } catch (error) {
      counts.failed += 1;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  });
}

export function summary() {
  return `${counts.passed} passed, ${counts.failed} failed`;
}

export function some_failed() {
  return counts.failed > 0;
}
