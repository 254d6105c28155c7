// Viewers of different speeds in a flood: each has the right screen after it, and none is held up by another.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until } from '../e2e/support/wait.mjs';
import { main_server, quarantine_kib } from './support/daemon.mjs';
import { DrawingViewer, has_the_screen, slow_line } from './support/emulator.mjs';
import { spec } from './support/suite.mjs';

const megabit = 125_000;
/** How long a flood goes on, in bytes of output; DUOTTY_FLOOD_BYTES makes a long one of it. */
const flood_bytes = Number(process.env.DUOTTY_FLOOD_BYTES ?? 12_000_000);

/** Every line that is typed starts a flood; an interrupt ends it. */
const flooding = (command) => ['/bin/sh', '-c', `trap : INT; n=0; stty -echo; echo ready; while read go; do n=$((n+1)); ${command}; printf '\\033[m\\r\\nstopped %s\\n' $n; done`];
const yes = flooding('yes');
const colourful = flooding(`yes "$(for i in 1 2 3 4 5 6 7; do printf '\\033[1;3%dmlevel %d \\033[38;5;10%dmsome words of a log\\033[m and more of them\\r\\n' $i $i $i; done)"`);

const pss_kib = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);

async function with_flood(command, body) {
  const s = await main_server();
  const { id } = await s.create({ cols: 80, rows: 24, command });
  const line = await slow_line(s.port, megabit);
  const viewers = [];
  const open = async (options = {}) => {
    const viewer = await DrawingViewer.open(options.slow ? { port: line.port } : s.tcp, id, { headers: { Host: `127.0.0.1:${s.port}`, 'X-Duotty': '1' }, ...options });
    viewers.push(viewer);
    if (options.reads !== false) await viewer.next((frame) => frame.type === 'hello', 'hello');
    return viewer;
  };
  const reopen = async (viewer) => {
    const next = await viewer.again(s.tcp, id, { headers: { 'X-Duotty': '1' } });
    viewers.push(next);
    await next.next((frame) => frame.type === 'hello', 'hello again');
    return next;
  };
  const size = async () => (await s.get(id)).size;
  const shows = (text) => until(async () => (await s.screen(id)).some((row) => row === text), text, 60_000);
  let floods = 0;
  /** A flood of so many bytes that `ender` interrupts; answers the part of it that `watched` was sent. */
  const flood = async (ender, watched, { bytes = flood_bytes, until: enough = () => true } = {}) => {
    const before = await size();
    const received = watched.received;
    await s.input(id, { data: 'go', enter: true });
    await until(async () => (await enough()) && (await size()) - before > bytes, 'a flood', 120_000);
    floods += 1;
    ender.type((ender.typed = (ender.typed ?? 0) + 1), '\x03');
    await shows(`stopped ${floods}`);
    return (watched.received - received) / ((await size()) - before);
  };
  try {
    await shows('ready');
    await body({ s, id, open, reopen, flood });
    viewers.forEach((viewer) => viewer.sound());
  } finally {
    for (const viewer of viewers) await viewer.close();
    await line.stop();
    await s.close(id).catch(() => undefined);
  }
}

for (const [what, command] of [['yes', yes], ['a coloured log', colourful]]) {
  spec(`${what}: a fast, a slow, a silent and a stalled viewer, and an interrupt from each`, () =>
    with_flood(command, async ({ s, id, open, flood }) => {
      const { worker_pid } = await s.info();
      const fast = await open({ name: 'fast' });
      await flood(fast, fast);
      const alone = await flood(fast, fast);
      const slow = await open({ name: 'slow', slow: true });
      const silent = await open({ name: 'silent', ack: false });
      const stalled = await open({ name: 'stalled', reads: false, ack: false });
      const before = pss_kib(worker_pid);
      for (const ender of [fast, slow, silent, stalled]) {
        const share = await flood(ender, fast);
        assert.ok(share > alone / 20, `the fast viewer was sent ${share} of the flood, and ${alone} of it when alone`);
        await has_the_screen(s, id, fast, 'the fast viewer');
        await has_the_screen(s, id, slow, 'the slow viewer');
      }
      const grown = pss_kib(worker_pid) - before;
      assert.ok(grown < 48 * 1024 + quarantine_kib(worker_pid), `the server grew by ${grown} KiB`);
      for (const viewer of [silent, stalled]) viewer.read_on();
      await has_the_screen(s, id, silent, 'the silent viewer');
      await has_the_screen(s, id, stalled, 'the stalled viewer');
    }), { timeout: 400_000 });
}

spec('what a slow viewer still has to read after a flood is what its line carries in a moment', () =>
  with_flood(colourful, async ({ s, id, open, flood }) => {
    const slow = await open({ slow: true });
    await flood(slow, slow, { until: () => slow.received > 4 * megabit });
    const received = slow.received;
    await has_the_screen(s, id, slow, 'the slow viewer');
    const late = slow.received - received;
    if (process.env.DUOTTY_FLOOD_BYTES) process.stderr.write(`slow: ${late} bytes late\n`);
    assert.ok(late < megabit, `${late} bytes came after the interrupt had taken effect`);
  }), { timeout: 120_000 });

spec('a connection that breaks again and again in a flood costs nothing of the screen', () =>
  with_flood(colourful, async ({ s, id, open, flood, reopen }) => {
    let viewer = await open();
    let broken = 0;
    let wanted = 100_000;
    await flood({ type: (...key) => viewer.type(...key) }, { received: 0 }, {
      bytes: 2_000_000,
      until: async () => {
        if (viewer.received > wanted && broken < 8) {
          viewer = await reopen(viewer);
          broken += 1;
          wanted = Math.random() * 200_000;
        }
        return broken === 8;
      },
    });
    await has_the_screen(s, id, viewer, 'the viewer');
    viewer = await reopen(viewer);
    await has_the_screen(s, id, viewer, 'the viewer that came back to a quiet terminal');
    assert.equal(viewer.snapshots.length, 0);
  }), { timeout: 120_000 });

spec('bells and titles in a flood disconnect nobody', () =>
  with_flood(flooding(`yes "$(printf '\\a\\033]0;a title\\a')"`), async ({ s, id, open, flood }) => {
    const fast = await open();
    const slow = await open({ slow: true });
    await flood(fast, fast, { bytes: 3_000_000 });
    await has_the_screen(s, id, fast, 'the fast viewer');
    await has_the_screen(s, id, slow, 'the slow viewer');
    const bells = fast.frames.filter((frame) => frame.type === 'bell').length;
    assert.ok(bells > 0 && bells < 2_000, `${bells} bells`);
  }), { timeout: 120_000 });
