// Tests of the built server over its own surfaces, without a browser.
//   DUOTTY_BIN=build/dev/bin/duotty node tests/server/run.mjs [name-part ...]
// DUOTTY_SPEC_JOBS=1 runs all of them in this process, one after the other.
import { readdir, readFile } from 'node:fs/promises';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stop_all } from './support/daemon.mjs';
import { jobs, side_by_side } from './support/side_by_side.mjs';
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
const all = (await readdir(new URL('./', import.meta.url))).filter((name) => name.endsWith('.spec.mjs')).sort();
const files = all.filter((file) => wanted.length === 0 || wanted.some((part) => (part.endsWith('.spec.mjs') ? file === part : file.includes(part))));
if (files.length > 1 && jobs() > 1) {
  const total = await side_by_side(fileURLToPath(import.meta.url), files);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  if (total.failed > 0) process.exitCode = 1;
} else {
  for (const file of files) {
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
  after(async () => {
    await stop_all();
    // A spec that has failed may have left a socket open, which would keep this process for ever.
    setTimeout(() => {
      process.stderr.write(`${files.join(' ')}: something is open still; leaving it.\n`);
      process.exit();
    }, 15_000).unref();
  });
}
