// Many execs at once over many terminals: every output byte-exact, every exit code the command's own, whatever the surface.
import assert from 'node:assert/strict';
import { start } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { Rpc } from './support/rpc.mjs';
import { spec } from './support/suite.mjs';

const count = (name, fallback) => Number(process.env[name] ?? fallback);
const terminals = count('DUOTTY_TEST_TERMINALS', 25);
const each = count('DUOTTY_TEST_EXECS', 20);
const seed = count('DUOTTY_TEST_SEED', Math.floor(Math.random() * 2 ** 31));

/** Numbers that a failure can be repeated with (mulberry32). */
function random(from) {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const words = ['alpha', 'béta', '你好', "it's", '$HOME', '`x`', '"q"', 'a b', '*', '\\', '%s', '!!', '#no', '-n', '~', '&;|'];
const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** A command with what it must print and end with. */
function command(number) {
  const word = () => words[number(words.length)];
  const code = number(256);
  const list = Array.from({ length: 1 + number(5) }, word);
  const kinds = [
    () => ({ command: `printf '%s\\n' ${list.map(quoted).join(' ')}; (exit ${code})`, stdout: list.map((one) => `${one}\n`).join('') }),
    () => {
      const last = 1 + number(400);
      return { command: `seq 1 ${last}; (exit ${code})`, stdout: Array.from({ length: last }, (_, i) => `${i + 1}\n`).join('') };
    },
    () => ({ command: `cat <<'END'\n${list.join('\n')}\nEND\n(exit ${code})`, stdout: `${list.join('\n')}\n` }),
    () => ({ command: `printf %s ${quoted(list.join(''))}; sh -c 'exit ${code}'`, stdout: list.join('') }),
    () => ({ command: `(exit ${code})`, stdout: '' }),
    () => {
      const size = 1 + number(20_000);
      return { command: `head -c ${size} /dev/zero | tr '\\0' z; echo; sh -c 'echo to stderr >&2; exit ${code}'`, stdout: `${'z'.repeat(size)}\nto stderr\n` };
    },
  ];
  return { code, ...kinds[number(kinds.length)]() };
}

spec(`${terminals} terminals with ${each} execs each at once, over HTTP and WebSocket`, async () => {
  const s = await start();
  try {
    const made = await Promise.all(Array.from({ length: terminals }, () => s.shell()));
    const wrong = [];
    const began = performance.now();
    const one = async ({ id }, at) => {
      const number = random(seed + at);
      // One connection a terminal: a connection runs 64 requests at once and refuses more.
      const rpc = await Rpc.open(s.tcp, '/ws/agent', { 'X-Duotty': '1' });
      const work = Array.from({ length: each }, () => command(number));
      // Half of the terminals get theirs one behind another, half all at once: these wait for their turns.
      const run = async (wanted, n) => {
        const params = { command: wanted.command, timeout: 300 };
        let got;
        if ((at + n) % 2 === 0) {
          const answer = await ask(s.unix, { method: 'POST', path: `/api/agent/terminals/${id}/exec`, body: params });
          got = answer.status === 200 ? answer.json : { error: answer.json };
        } else {
          const call = `${at}.${n}`;
          rpc.send({ id: call, method: 'terminal.exec', params: { terminal_id: id, ...params } });
          const frame = await rpc.answer(call);
          got = frame.type === 'result' ? frame.data : { error: frame };
        }
        if (got.status === 'completed' && got.exit_code === wanted.code && got.stdout === wanted.stdout && !got.truncated) return;
        wrong.push({ seed, at, n, wanted, got });
      };
      if (at % 2 === 0) {
        for (const [n, wanted] of work.entries()) await run(wanted, n);
      } else {
        await Promise.all(work.map(run));
      }
      await rpc.close();
    };
    await Promise.all(made.map(one));
    const ms = performance.now() - began;
    console.log(`    ${terminals * each} execs, ${Math.round((terminals * each * 1000) / ms)} a second, seed ${seed}`);
    assert.deepEqual(wrong.slice(0, 3), [], `${wrong.length} of ${terminals * each} are wrong`);
  } finally {
    await s.stop();
  }
});
