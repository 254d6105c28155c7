// A minute of `yes` before a fast, a slow (1 Mbit/s) and a stalled viewer: who gets how much, how late the slow one is,
// how soon an interrupt works, and what the server's memory does. Prints a table; asserts nothing but what must always hold.
//   DUOTTY_BIN=build/release/bin/duotty node tests/bench/minute.mjs [seconds]
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../e2e/support/wait.mjs';
import { main_server, stop_all } from '../server/support/daemon.mjs';
import { DrawingViewer, has_the_screen, slow_line } from '../server/support/emulator.mjs';
import { Viewer } from '../server/support/viewer.mjs';

const seconds = Number(process.argv[2] ?? 60);
const megabit = 125_000;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const pss_kib = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
const say = (...words) => process.stdout.write(`${words.join('  ')}\n`);

/** Takes in everything at once and keeps nothing of it. */
class CountingViewer extends Viewer {
  binary(data) {
    super.binary(data);
    this.output.length = 0;
    this.snapshots.length = 0;
  }
}

const server = await main_server();
const loop = "trap : INT; n=0; stty -echo; echo ready; while read go; do n=$((n+1)); yes; printf '\\r\\nstopped %s\\n' $n; done";
const { id } = await server.create({ cols: 80, rows: 24, command: ['/bin/sh', '-c', loop] });
const size = async () => (await server.get(id)).size;
const { worker_pid } = await server.info();
const line = await slow_line(server.port, megabit);
const headers = { Host: `127.0.0.1:${server.port}`, 'X-Duotty': '1' };

let floods = 0;
/** A flood of so many seconds that `ender` interrupts: rates a second, memory before, highest and behind it. */
async function flood(length, ender, fast) {
  const begin = { size: await size(), received: fast.received, pss: pss_kib(worker_pid), at: performance.now() };
  let most = begin.pss;
  await server.input(id, { data: 'go', enter: true });
  while (performance.now() - begin.at < length * 1000) {
    await pause(500);
    most = Math.max(most, pss_kib(worker_pid));
  }
  const took = (performance.now() - begin.at) / 1000;
  const shell = ((await size()) - begin.size) / took;
  const given = (fast.received - begin.received) / took;
  floods += 1;
  const asked = performance.now();
  ender.type((ender.typed = (ender.typed ?? 0) + 1), '\x03');
  await until(async () => (await server.screen(id)).includes(`stopped ${floods}`), 'the interrupt to work', 30_000);
  return { shell, given, stopped_ms: performance.now() - asked, before: begin.pss, most, pss: pss_kib(worker_pid) };
}

function report(what, one) {
  say(what.padEnd(28), `shell ${megabytes(one.shell)} MB/s`, `fast ${megabytes(one.given)} MB/s`, `stopped after ${one.stopped_ms.toFixed(0)} ms`,
    `PSS ${(one.before / 1024).toFixed(1)} -> at most ${(one.most / 1024).toFixed(1)} -> ${(one.pss / 1024).toFixed(1)} MiB`);
}

async function lateness(viewer, what) {
  const asked = performance.now();
  await has_the_screen(server, id, viewer, what);
  return `${what} right after ${(performance.now() - asked).toFixed(0)} ms`;
}

try {
  await until(async () => (await server.screen(id)).includes('ready'), 'ready');
  const fast = await CountingViewer.open(server.tcp, id, { cols: 80, rows: 24, headers });
  await flood(3, fast, fast);
  const alone = await flood(Math.min(seconds, 20), fast, fast);
  report('fast viewer alone', alone);
  const slow = await DrawingViewer.open({ port: line.port }, id, { headers });
  const stalled = await DrawingViewer.open(server.tcp, id, { headers, reads: false, ack: false });
  await flood(3, fast, fast);
  const all = await flood(seconds, fast, fast);
  report('fast, slow and stalled', all);
  say(`  ${await lateness(slow, 'slow viewer')}`, `it was sent ${megabytes(slow.received)} MB`);
  for (const [name, ender] of [['slow', slow], ['stalled', stalled]]) {
    report(`interrupt from the ${name} one`, await flood(5, ender, fast));
    say(`  ${await lateness(slow, 'slow viewer')}`);
  }
  stalled.read_on();
  say(`  ${await lateness(stalled, 'stalled viewer, reading on,')}`);
  for (const viewer of [fast, slow, stalled]) viewer.sound();
  say(`beside others the shell had ${(all.shell / alone.shell).toFixed(2)} and the fast viewer ${(all.given / alone.given).toFixed(2)} of what they had alone`);
  for (const viewer of [fast, slow, stalled]) await viewer.close();
} finally {
  await line.stop();
  await stop_all();
}
