// Browser tests against the built binary.
//   DUOTTY_BIN=build/dev/src/duotty node tests/e2e/run.mjs [--mock] [name-part ...]
// DUOTTY_WEB_DIR serves the UI from that folder instead of the one inside the binary.
// --mock runs the specs against the mock server of the web UI instead (no binary needed).
import { readdir } from 'node:fs/promises';
import { after } from 'node:test';
import { parseArgs } from 'node:util';
import { launch } from './support/browser.mjs';
import { start_server } from './support/server.mjs';
import { provide, some_failed, summary } from './support/suite.mjs';

const { values, positionals } = parseArgs({ options: { mock: { type: 'boolean', default: false } }, allowPositionals: true });
if (!values.mock && !process.env.DUOTTY_BIN) {
  process.stderr.write('Set DUOTTY_BIN to the built binary, or use --mock.\n');
  process.exit(2);
}

const access_key = 'correct-horse-battery-staple-42';
const [main, locked, browser] = await Promise.all([
  start_server({ mock: values.mock }),
  start_server({ mock: values.mock, access_key }),
  launch(),
]);
provide({ main, locked, browser, access_key, mock: values.mock });

// The runner writes its own summary when the loop has nothing more to do; ours is the last line.
process.on('exit', (code) => {
  if (some_failed() && code === 0) process.exitCode = 1;
  process.stdout.write(`${summary()}\n`);
});

after(async () => {
  await browser.close();
  await Promise.all([main.stop(), locked.stop()]);
});

const files = (await readdir(new URL('./', import.meta.url))).filter((name) => name.endsWith('.spec.mjs')).sort();
for (const file of files) {
  if (positionals.length === 0 || positionals.some((part) => file.includes(part))) await import(`./${file}`);
}
