// Runs spec files in processes of their own, a few at a time: most of what a spec does is wait for a shell. Each file's
// report is printed whole, when it has ended.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The longest go first, so that nobody waits for one of them at the end. */
const longest = ['shell_cases', 'random', 'persistent_terminal', 'jobs', 'files', 'security', 'exec', 'skills'];
/** These measure how one viewer fares beside another: they get the machine for themselves. */
const alone = ['flood'];

const rank = (file) => {
  const at = longest.findIndex((name) => file.startsWith(`${name}.`));
  return at < 0 ? longest.length : at;
};

/** How many files at a time: DUOTTY_SPEC_JOBS, else one more than there are processors. */
export function jobs() {
  return Number(process.env.DUOTTY_SPEC_JOBS ?? availableParallelism() + 1);
}

function run_file(runner, file) {
  const began = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [runner, file], { env: { ...process.env, DUOTTY_SPEC_JOBS: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const parts = [];
    child.stdout.on('data', (data) => parts.push(data));
    child.on('close', (code) => resolve({ file, code, text: Buffer.concat(parts).toString(), seconds: (Date.now() - began) / 1000 }));
  });
}

/** Runs them all; answers {passed, failed}. A file that ends badly without a failed spec counts as one. */
export async function side_by_side(runner, files) {
  const total = { passed: 0, failed: 0 };
  const run = async (file) => {
    const { code, text, seconds } = await run_file(runner, file);
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ?? [0, 0, 0];
    total.passed += Number(passed);
    total.failed += Math.max(Number(failed), code === 0 ? 0 : 1);
    process.stdout.write(`# ${file}\n${text.replace(/^\d+ passed, \d+ failed\n/m, '')}# ${file}: ${passed} passed, ${failed} failed, ${seconds.toFixed(1)} s\n`);
  };
  const waits = files.filter((file) => !alone.some((name) => file.startsWith(`${name}.`))).sort((a, b) => rank(a) - rank(b));
  const rest = files.filter((file) => !waits.includes(file));
  const worker = async () => {
    for (let file = waits.shift(); file; file = waits.shift()) await run(file);
  };
  await Promise.all(Array.from({ length: jobs() }, worker));
  for (const file of rest) await run(file);
  return total;
}
