// Rows by line id, in every format, and searching them.
import assert from 'node:assert/strict';
import { until } from '../e2e/support/wait.mjs';
import { main_server } from './support/daemon.mjs';
import { spec } from './support/suite.mjs';

const rows = { cols: 20, rows: 5 };
/** A program that has printed what it was given, and waits. */
async function printed(s, text, options = {}) {
  const { id } = await s.create({ ...rows, command: ['/bin/sh', '-c', `printf '%b' "$TEXT"; read bye`], env: { TEXT: `${text}the end` }, ...options });
  await until(async () => (await s.screen(id)).some((line) => line.endsWith('the end')), 'the end of the output');
  return id;
}
const path = (id, what) => `/api/agent/terminals/${id}/${what}`;
const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);

spec('scrollback: by place, from the end and by line id', async () => {
  const s = await main_server();
  const id = await printed(s, numbered(1, 50).join('\\n') + '\\n');
  const get = (query = '') => s.api('GET', path(id, `scrollback${query}`));
  const all = await get();
  assert.deepEqual(all.lines, [...numbered(1, 50), 'the end']);
  assert.deepEqual([all.total_lines, all.has_more, all.truncated], [51, false, false]);
  assert.equal(all.top_line, all.end_line - rows.rows);
  assert.equal(all.first_line, all.line);
  const some = await get('?offset=10&limit=3');
  assert.deepEqual([some.lines, some.has_more], [numbered(11, 13), true]);
  const next = await get(`?line=${some.next_line}&limit=2`);
  assert.deepEqual(next.lines, numbered(14, 15));
  assert.deepEqual((await get('?offset=-2')).lines, ['line 50', 'the end']);
  assert.deepEqual((await get('?offset=-1000')).lines.length, 51);
  assert.deepEqual((await get('?offset=1000')).lines, []);
  // An id stays with its row while more comes.
  await s.input(id, { data: 'x' });
  assert.deepEqual((await get(`?line=${some.line}&limit=1`)).lines, ['line 11']);
  await s.close(id);
});

spec('scrollback: a reader that was away learns that rows are gone', async () => {
  const s = await main_server();
  const { id } = await s.create({ ...rows, command: ['/bin/sh', '-c', 'echo first; read go; seq 1 11000; echo over; read bye'] });
  await until(async () => (await s.screen(id))[0] === 'first', 'the first line');
  const { line } = await s.api('GET', path(id, 'scrollback'));
  await s.input(id, { data: 'go' });
  await until(async () => (await s.screen(id)).includes('over'), 'the last line');
  const late = await s.api('GET', path(id, `scrollback?line=${line}&limit=1`));
  assert.equal(late.truncated, true);
  assert.ok(late.line > line && late.line === late.first_line);
  await s.close(id);
});

spec('rows in every format, hostile text included', async () => {
  const s = await main_server();
  const id = await printed(s, '\\033[1;31mred & bold\\033[0m <b>\\n\\033[4:3;58:2::1:2:3mwavy\\033[0m\\n\\033]8;;https://example.org/\\033\\\\link\\033]8;;\\033\\\\\\n');
  for (const what of ['screen', 'scrollback']) {
    const get = (format) => s.api('GET', path(id, `${what}?format=${format}`));
    const styled = (await get('styled')).styled;
    assert.equal(styled[0].text, 'red & bold <b>');
    assert.deepEqual(styled[0].spans, [{ begin: 0, end: 10, foreground: '1', attributes: ['bold'] }]);
    assert.deepEqual(styled[1].spans, [{ begin: 0, end: 4, underline: 'curly', underline_color: '#010203' }]);
    assert.deepEqual(styled[2].spans, [{ begin: 0, end: 4, link: 'https://example.org/' }]);
    assert.equal((await get('plain')).styled, undefined);
    assert.match((await get('ansi')).lines[0], /\x1b\[[0-9;]*31[0-9;]*mred & bold\x1b\[0?m <b>/);
    const html = (await get('html')).lines;
    assert.match(html[0], /<span style="[^"]*font-weight:bold;[^"]*">red &amp; bold<\/span> &lt;b&gt;/);
    assert.match(html[2], /<a [^>]*href="https:\/\/example.org\/">/);
  }
  await s.close(id);
});

spec('images are noted where they were sent, and nothing moves', async () => {
  const s = await main_server();
  const id = await printed(s, 'up\\033Pq"1;1;90;60~\\033\\\\ and on\\n\\033_Ga=T,f=24,s=4,v=3,c=2,r=1;AAAA\\033\\\\');
  const { styled } = await s.api('GET', path(id, 'screen?format=styled'));
  assert.equal(styled[0].text, 'up and on');
  assert.deepEqual(styled[0].images, [{ id: 1, column: 2, protocol: 'sixel', width: 90, height: 60, bytes: 11 }]);
  assert.deepEqual(styled[1].images, [{ id: 2, column: 0, protocol: 'kitty', width: 4, height: 3, columns: 2, rows: 1, bytes: 4 }]);
  assert.equal(styled[2]?.images, undefined);
  await s.close(id);
});

spec('search: whole lines, context, limits and going on', async () => {
  const s = await main_server();
  const long = 'a line that is much longer than twenty columns ends with needle';
  const id = await printed(s, `${numbered(1, 30).join('\\n')}\\n${long}\\nafter\\n`);
  const find = (query) => s.api('GET', path(id, `search?${new URLSearchParams(query)}`));
  const one = await find({ pattern: 'longer than twenty.*needle$', context: 1 });
  assert.equal(one.match_count, 1);
  assert.deepEqual([one.matches[0].text, one.matches[0].before, one.matches[0].after], [long, ['line 30'], ['after']]);
  assert.deepEqual((await s.api('GET', path(id, `scrollback?line=${one.matches[0].line}&limit=1`))).lines, [long.slice(0, 20)]);
  const first = await find({ pattern: '^LINE [0-9]+$', case_insensitive: true, limit: 20 });
  assert.deepEqual([first.matches.map(({ text }) => text), first.match_count], [numbered(1, 20), 30]);
  const rest = await find({ pattern: '^line [0-9]+$', line: first.next_line });
  assert.deepEqual([rest.matches.map(({ text }) => text), rest.next_line], [numbered(21, 30), undefined]);
  assert.equal((await find({ pattern: 'never' })).match_count, 0);
  await s.close(id);
});

spec('a full-screen program does not hide the scrollback', async () => {
  const s = await main_server();
  const id = await printed(s, `${numbered(1, 30).join('\\n')}\\n\\033[?1049hfull screen, `);
  assert.equal((await s.api('GET', path(id, 'search?pattern=%5Eline%207%24'))).match_count, 1);
  assert.equal((await s.api('GET', path(id, 'scrollback'))).lines[0], 'line 1');
  assert.equal((await s.api('GET', path(id, 'screen'))).alternate_screen, true);
  await s.close(id);
});
