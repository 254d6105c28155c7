// Runs examples of a page as somebody at a prompt would, one after the other in one bash.
import { spawn } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { environment_of } from './daemon.mjs';

/** What runs a block of that language; `sh` is the bash itself. */
const runs = { sh: (path) => `. "${path}"`, python: (path) => `python3 "${path}"`, js: (path) => `node "${path}"` };

/** `blocks` as of examples(): [{status, output}], null where one did not end. */
export async function run_examples(server, blocks, extra) {
  const place = join(server.home, 'examples');
  const bin = join(place, 'bin');
  const desk = join(place, 'desk');
  await mkdir(bin, { recursive: true });
  await mkdir(desk);
  await symlink(resolve(process.env.DUOTTY_BIN), join(bin, 'duotty'));
  const steps = [];
  for (const [i, { body, language }] of blocks.entries()) {
    const path = join(bin, `block-${i}${language === 'js' ? '.mjs' : ''}`);
    await writeFile(path, body);
    steps.push(`${runs[language](path)} > "${bin}/output-${i}" 2>&1 < /dev/null; echo $? > "${bin}/status-${i}"`);
  }
  const env = environment_of(server.home, { PATH: `${bin}:${process.env.PATH}`, ...extra });
  const child = spawn('bash', ['--norc', '-c', steps.join('\n')], { cwd: desk, env, stdio: 'ignore', detached: true });
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 150_000);
  await new Promise((done) => child.once('exit', done));
  clearTimeout(timer);
  const text = (file) => readFile(join(bin, file), 'utf8').catch(() => null);
  return Promise.all(blocks.map(async (_, i) => ({ status: await text(`status-${i}`), output: await text(`output-${i}`) })));
}
