// Tests of the built server over its own surfaces, without a browser.
//   DUOTTY_BIN=build/dev/bin/duotty node tests/server/run.mjs [name-part ...]
import { readdir, readFile } from 'node:fs/promises';
import { after } from 'node:test';
import { stop_all } from './support/daemon.mjs';
import { some_failed, summary } from './support/suite.mjs';

if (!process.env.DUOTTY_BIN) {
  process.stderr.write('Set DUOTTY_BIN to the built binary.\n');
  process.exit(2);
}

const mapped = (await readFile('/proc/self/uid_map', 'utf8')).trim().split('\n').reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
if (process.getuid() === 65534 && mapped < 0xffffffff) {
  process.stderr.write('Run them as root or as a user of its own: in this user namespace 65534 is nobody in particular.\n');
  process.exit(2);
}

const wanted = process.argv.slice(2);
const files = (await readdir(new URL('./', import.meta.url))).filter((name) => name.endsWith('.spec.mjs')).sort();
for (const file of files) {
  if (wanted.length > 0 && !wanted.some((part) => file.includes(part))) continue;
  await import(`./${file}`).catch((error) => {
    process.stderr.write(`${file}: ${error.stack}\nInstall what the specs use with: make tests/node_modules/.package-lock.json\n`);
    process.exit(2);
  });
}

// The runner writes its own summary when the loop has nothing more to do; ours is the last line.
process.on('exit', (code) => {
  if (some_failed() && code === 0) process.exitCode = 1;
  process.stdout.write(`${summary()}\n`);
});

after(stop_all);
