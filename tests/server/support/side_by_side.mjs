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

/** So many files may fail beside others and pass alone; with more, something is wrong with the server or the machine. */
const most_again = 2;
/** What is never put down to a busy machine: a crash, or what a sanitizer has found. */
const crashed = /Sanitizer|runtime error:|SIGABRT|SIGSEGV|SIGBUS|SIGILL/;

/**
 * Runs them all; answers {passed, failed}. A file that ends badly without a failed spec counts as one. A file that has
 * failed while others ran is run once more alone, and it is that run that counts: specs wait with a bound, and a machine
 * that is busy enough breaks every bound. It is said, so that somebody looks; DUOTTY_SPEC_AGAIN=0 does without.
 */
export async function side_by_side(runner, files) {
  const total = { passed: 0, failed: 0 };
  const bad = [];
  const run = async (file, again = false) => {
    const { code, text, seconds } = await run_file(runner, file);
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ?? [0, 0, 0];
    const result = { file, passed: Number(passed), failed: Math.max(Number(failed), code === 0 ? 0 : 1) };
    total.passed += result.passed;
    total.failed += result.failed;
    if (result.failed > 0 && !again) bad.push({ ...result, crash: crashed.test(text) });
    process.stdout.write(`# ${file}${again ? ', once more' : ''}\n${text.replace(/^\d+ passed, \d+ failed\n/m, '')}# ${file}: ${passed} passed, ${failed} failed, ${seconds.toFixed(1)} s\n`);
    return result;
  };
  const waits = files.filter((file) => !alone.some((name) => file.startsWith(`${name}.`))).sort((a, b) => rank(a) - rank(b));
  const rest = files.filter((file) => !waits.includes(file));
  const worker = async () => {
    for (let file = waits.shift(); file; file = waits.shift()) await run(file);
  };
  await Promise.all(Array.from({ length: jobs() }, worker));
  for (const file of rest) await run(file);
  if (process.env.DUOTTY_SPEC_AGAIN === '0' || bad.length > most_again) return total;
  for (const first of bad.filter(({ crash }) => !crash)) {
    const second = await run(first.file, true);
    const unstable = second.failed === 0;
    const replaced = unstable ? first : second;
    total.passed -= replaced.passed;
    total.failed -= replaced.failed;
    if (unstable) process.stdout.write(`# UNSTABLE: ${first.file} failed beside others and passed alone\n`);
  }
  return total;
}
