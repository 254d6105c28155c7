// terminal.read: every mode, from what real programs print in a real shell.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { ask } from './support/http.mjs';
import { spec } from './support/suite.mjs';

const size = { cols: 80, rows: 24 };
const path = (id, query = {}) => `/api/agent/terminals/${id}/read?${new URLSearchParams(query)}`;
const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);

/** A program that prints a text and waits. */
async function printed(s, text) {
  const { id } = await s.create({ ...size, command: ['/bin/sh', '-c', 'printf "%b" "$TEXT"; read bye'], env: { TEXT: `${text}the end` } });
  await until(async () => (await s.screen(id)).some((line) => line.endsWith('the end')), 'the end of the output');
  return id;
}

spec('read: the first, the last, both and all lines', async () => {
  const s = await main_server();
  const id = await printed(s, `${numbered(1, 60).join('\\n')}\\n`);
  const get = (query) => s.api('GET', path(id, { reduce: 'off', ...query }));
  const all = await get({});
  assert.equal(all.text, [...numbered(1, 60), 'the end'].join('\n'));
  assert.deepEqual([all.mode, all.reducer, all.total_lines, all.lines_omitted, all.has_more], ['full', 'off', 61, 0, false]);
  assert.equal(all.more, undefined);
  const head = await get({ mode: 'head', lines: 3 });
  assert.deepEqual([head.text, head.has_more, head.lines_read], [numbered(1, 3).join('\n'), true, 3]);
  const next = await get({ since: head.next_read_from });
  assert.equal(next.mode, 'since');
  assert.equal(next.text, [...numbered(4, 60), 'the end'].join('\n'));
  assert.equal((await get({ mode: 'tail', lines: 2 })).text, 'line 60\nthe end');
  const both = await get({ mode: 'head_tail', lines: 2 });
  assert.equal(both.text, 'line 1\nline 2\n[… 57 lines]\nline 60\nthe end');
  await s.close(id);
});

spec('read: the output of a command says where to go on as any reading does', async () => {
  const s = await main_server();
  const { id } = await s.shell(size);
  const places = async (mode) => {
    const { line, next_read_from } = await s.api('GET', path(id, { mode }));
    return { line, next_read_from };
  };
  for (const command of ['printf "no newline"', 'seq 100', `printf '%0500d' 7; printf '\\n%80s\\n\\n\\n' x`, 'seq 30000', 'clear']) {
    await s.exec(id, command);
    assert.deepEqual(await places('block'), await places('full'), command);
  }
  await s.close(id);
});

spec('read: since goes on where an earlier answer ended, and gives an unfinished line again', async () => {
  const s = await main_server();
  const { id } = await s.create({ ...size, command: ['/bin/sh', '-c', 'echo one; printf "two, so far"; read a; echo; echo three; printf "wait> "; read b'] });
  await until(async () => (await s.screen(id)).some((line) => line.endsWith('so far')), 'the unfinished line');
  const first = await s.api('GET', path(id));
  assert.equal(first.text, 'one\ntwo, so far');
  await s.input(id, { data: '!' });
  await until(async () => (await s.screen(id)).some((line) => line.startsWith('wait>')), 'the rest');
  const second = await s.api('GET', path(id, { since: first.next_read_from }));
  assert.match(second.text, /^two, so far!?\n(\n)?three\nwait>$/);
  await s.close(id);
});

spec('read: since goes on at the top of a screen that was erased', async () => {
  const s = await main_server();
  const { id } = await s.create({ ...size, command: ['/bin/sh', '-c', 'seq 1 10; read a; printf "\\033[H\\033[2J"; echo anew; echo "the end"; read b'] });
  await until(async () => (await s.screen(id)).includes('10'), 'the numbers');
  const first = await s.api('GET', path(id));
  await s.input(id, { data: '' });
  await until(async () => (await s.screen(id)).includes('the end'), 'the new screen');
  const second = await s.api('GET', path(id, { since: first.next_read_from }));
  assert.equal(second.text, 'anew\nthe end');
  assert.equal((await s.api('GET', path(id, { since: second.next_read_from }))).text, '');
  await s.close(id);
});

spec('read: repaints are folded and wrapped lines joined; clean=false keeps the bytes', async () => {
  const s = await main_server();
  const long = 'x'.repeat(200);
  const id = await printed(s, `10%\\r50%\\r100%\\n\\033[31mred\\033[0m\\n${long}\\nfirst\\nsecond\\n\\033[2A\\033[Kchanged\\n\\n`);
  const read = await s.api('GET', path(id));
  assert.equal(read.text, ['100%', 'red', long, 'changed', 'second', 'the end'].join('\n'));
  const raw = await s.api('GET', path(id, { clean: false }));
  assert.match(raw.text, /10%\r50%\r100%/);
  assert.match(raw.text, /\x1b\[31mred/);
  await s.close(id);
});

spec('read: a command of bash is reduced by what it ran, and its errors stay', async () => {
  const s = await main_server();
  const { id } = await s.shell(size);
  const script = 'for i in $(seq 1 40); do echo "test case_$i ... ok"; done; echo "test broken ... FAILED"; echo "test result: FAILED. 40 passed; 1 failed"; false';
  await s.exec(id, `cargo() { ${script}; }`);
  await s.exec(id, 'cargo test');
  const read = await s.api('GET', path(id, { mode: 'block' }));
  assert.deepEqual([read.command, read.exit_code, read.reducer], ['cargo test', 1, 'cargo']);
  assert.equal(read.text, 'test broken ... FAILED\ntest result: FAILED. 40 passed; 1 failed\n[left out: 40 passing tests]');
  assert.deepEqual([read.total_lines, read.lines_omitted, read.errors, read.errors_omitted], [42, 40, 2, 0]);
  assert.ok(read.tokens * 5 < read.raw_tokens);
  assert.deepEqual(read.omitted, [{ first: 1, last: 40, what: 'passing tests' }]);
  assert.match(read.more, /terminal\.output/);
  const whole = await s.api('GET', path(id, { mode: 'block', reduce: 'off' }));
  assert.equal(whole.text.split('\n').length, 42);
  await s.exec(id, 'echo later');
  const again = await s.api('GET', path(id, { mode: 'block', output_ref: read.output_ref }));
  assert.deepEqual([again.command, again.text, again.output_ref], ['cargo test', read.text, read.output_ref]);
  assert.equal((await s.api('GET', path(id, { mode: 'block' }))).text, 'later');
  await s.close(id);
});

spec('read: what was left out is found again by its rows', async () => {
  const s = await main_server();
  const id = await printed(s, `start\\n${Array.from({ length: 30 }, (_, i) => `[${i + 1}/30] Building CXX object part${i}.o`).join('\\n')}\\ndone\\n`);
  const read = await s.api('GET', path(id));
  assert.match(read.text, /^start\ndone\nthe end\n\[left out: 30 build steps\]$/);
  const [gone] = read.omitted;
  const rows = await s.api('GET', `/api/agent/terminals/${id}/scrollback?line=${gone.line}&limit=${gone.next_line - gone.line}`);
  assert.equal(rows.lines.length, 30);
  assert.equal(rows.lines[0], '[1/30] Building CXX object part0.o');
  await s.close(id);
});

spec('read: max_chars gives errors the first place', async () => {
  const s = await main_server();
  const lines = numbered(1, 300).map((line, i) => (i === 150 ? 'fatal: the needle' : `${line} of many words that say nothing`));
  const id = await printed(s, `${lines.join('\\n')}\\n`);
  const read = await s.api('GET', path(id, { reduce: 'off', max_chars: 400 }));
  assert.ok(read.text.length <= 420, `${read.text.length}`);
  assert.match(read.text, /fatal: the needle/);
  assert.match(read.text, /the end/);
  assert.equal(read.errors_omitted, 0);
  assert.ok(read.lines_omitted > 250);
  await s.close(id);
});

spec('read: the screen as it stands, also of a full-screen program', async () => {
  const s = await main_server();
  const id = await printed(s, 'above\\n\\033[?1049h\\033[Hmenu\\n\\n  ');
  const screen = await s.api('GET', path(id, { mode: 'screen' }));
  assert.deepEqual([screen.text, screen.reducer], ['menu\n\n  the end', 'off']);
  assert.equal((await s.api('GET', path(id))).text, 'above');
  await s.close(id);
});

spec('read: waits until the output is stable', async () => {
  const s = await main_server();
  const { id } = await s.create({ ...size, command: ['/bin/sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.1; done; read bye'] });
  const read = await s.api('GET', path(id, { stable_ms: 700 }));
  assert.deepEqual([read.stable, read.text], [true, '1\n2\n3']);
  const { id: busy } = await s.create({ ...size, command: ['/bin/sh', '-c', 'while :; do echo x; sleep 0.02; done'] });
  const late = await s.api('GET', path(busy, { stable_ms: 5000, max_wait_ms: 300 }));
  assert.equal(late.stable, false);
  await s.close(id);
  await s.close(busy);
});

spec('read: wrong parameters say what to do', async () => {
  const s = await main_server();
  const id = await printed(s, '');
  const refused = async (query, field, words, status = 400) => {
    const answer = await ask(s.unix, { method: 'GET', path: path(id, query) });
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json.error.field, field);
    assert.match(answer.json.error.message, words);
  };
  await refused({ reduce: 'magic' }, 'reduce', /There are: auto, off, git-status/);
  await refused({ mode: 'since' }, 'since', /next_read_from/);
  await refused({ mode: 'tail', since: 3 }, 'since', /mode since/);
  await refused({ mode: 'tail', output_ref: 'x' }, 'output_ref', /mode block/);
  await refused({ mode: 'block', output_ref: 'x:1' }, 'output_ref', /last command/, 404);
  await refused({ mode: 'screen', clean: false }, 'clean', /mode full/);
  await s.close(id);
});
