import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import headless from '@xterm/headless';
// @ts-expect-error a script without types
import * as generator from '../../build/make-unicode-table.mjs';
import { after, follow_server_unicode, joins, kind_of, type ClusterState } from '../../src/terminal/graphemes';
import { grapheme_kinds, packed_emoji, packed_graphemes, packed_widths } from '../../src/terminal/unicode-table';
import { server_widths, unpack_ranges, Widths } from '../../src/terminal/widths';

interface Row {
  first: number;
  last: number;
  value: string;
}
const { parse_ranges, pack, width_sign } = generator as {
  parse_ranges: (text: string, table: string) => Row[];
  pack: (rows: Row[], sign_of: (value: string) => string) => string;
  width_sign: (value: string) => string;
};

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const width_rows = parse_ranges(read('src/term/width_table.cpp'), 'width_ranges');
const grapheme_source = read('src/term/grapheme_table.cpp');

function browser_rows(packed: string, value_of: (sign: string) => string): Row[] {
  return unpack_ranges(packed).map(({ first, last, sign }) => ({ first, last, value: value_of(sign) }));
}

async function placed(text: string, start = ''): Promise<{ cells: string[]; x: number; lines: string[] }> {
  const terminal = new headless.Terminal({ allowProposedApi: true, cols: 20, rows: 4 });
  follow_server_unicode(terminal);
  await new Promise<void>((resolve) => terminal.write(start + text, resolve));
  const line = terminal.buffer.active.getLine(0);
  const cells = Array.from({ length: terminal.buffer.active.cursorX }, (_, x) => line?.getCell(x)?.getChars() ?? '');
  const lines = [0, 1].map((y) => terminal.buffer.active.getLine(y)?.translateToString(true) ?? '');
  return { cells, x: terminal.buffer.active.cursorX, lines };
}

describe('tables of characters', () => {
  it('are those of the server (else: npm run gen:unicode)', () => {
    expect(width_rows.length).toBeGreaterThan(400);
    expect(browser_rows(packed_widths, (sign) => (sign === '-' ? '0' : '2'))).toEqual(width_rows);
    const kinds = parse_ranges(grapheme_source, 'grapheme_ranges');
    expect(kinds.length).toBeGreaterThan(600);
    expect(browser_rows(packed_graphemes, (sign) => grapheme_kinds[sign as keyof typeof grapheme_kinds])).toEqual(kinds);
    const emoji = parse_ranges(grapheme_source, 'emoji_ranges');
    expect(emoji.length).toBeGreaterThan(100);
    expect(browser_rows(packed_emoji, () => '')).toEqual(emoji);
  });

  it('give every character the width that the server gives it', () => {
    const widths = new Widths();
    let wrong = 0;
    let at = 0;
    for (let scalar = 0xa0; scalar < 0x110000; scalar++) {
      while ((width_rows[at]?.last ?? Infinity) < scalar) at++;
      const row = width_rows[at];
      if (widths.of(scalar) !== (row && scalar >= row.first ? Number(row.value) : 1)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it('survive packing', () => {
    const rows = [{ first: 5, last: 5, value: '0' }, { first: 6, last: 900, value: '2' }];
    expect(browser_rows(pack(rows, width_sign), (sign) => (sign === '-' ? '0' : '2'))).toEqual(rows);
  });
});

describe('character widths', () => {
  it.each([
    ['a', 1], ['é', 1], ['\u0301', 0], ['你', 2], ['🙂', 2], ['\u200d', 0], ['│', 1], ['\u{20000}', 2], ['\u{e0100}', 0], ['\x07', 0],
  ])('of %j is %i', (text, cells) => {
    expect(new Widths().of(text.codePointAt(0) ?? 0)).toBe(cells);
  });

  it('place text in the emulator', async () => {
    const terminal = new headless.Terminal({ allowProposedApi: true, cols: 20 });
    terminal.unicode.register(server_widths);
    terminal.unicode.activeVersion = server_widths.version;
    await new Promise<void>((resolve) => terminal.write('e\u0301你\u0301x', resolve));
    const line = terminal.buffer.active.getLine(0);
    expect([0, 1, 2, 3].map((x) => line?.getCell(x)?.getChars())).toEqual(['e\u0301', '你\u0301', '', 'x']);
    expect(terminal.buffer.active.cursorX).toBe(4);
  });
});

describe('grapheme clusters', () => {
  it('break where the Unicode test says', () => {
    const lines = read('tests/unit/term/unicode/GraphemeBreakTest.txt').split('\n').filter((line) => line.startsWith('÷'));
    expect(lines.length).toBeGreaterThan(600);
    const wrong = lines.filter((line) => {
      const signs = [...line.matchAll(/[÷×]/g)].map(([sign]) => sign);
      const scalars = [...line.matchAll(/[0-9A-F]+/g)].map(([code]) => Number.parseInt(code, 16));
      let state: ClusterState | null = null;
      return scalars.some((scalar, i) => {
        const joined: boolean = state !== null && joins(state, kind_of(scalar));
        state = after(state, scalar);
        return joined !== (signs[i] === '×');
      });
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['👩‍👩‍👧‍👦', 2], ['👨🏻‍❤️‍💋‍👨🏽', 2], ['🇩🇪', 2], ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 2], ['❤️', 2], ['❤', 1], ['1️⃣', 2], ['☝🏽', 2], ['각', 2], ['क्ष', 1], ['का', 1], ['e\u0301', 1],
  ])('%s takes one place of %i cells', async (text, cells) => {
    const drawn = await placed(`${text}|`, '\x1b[?2027h');
    expect(drawn.cells).toEqual(cells === 2 ? [text, '', '|'] : [text, '|']);
  });

  it('come and go with the mode', async () => {
    expect((await placed('🇩🇪')).x).toBe(2);
    expect((await placed('❤️')).x).toBe(1);
    expect((await placed('❤️', '\x1b[?2027;25h')).x).toBe(2);
    expect((await placed('❤️', '\x1b[?2027h\x1b[?2027l')).x).toBe(1);
    expect((await placed('❤️', '\x1b[?2027h\x1bc')).x).toBe(1);
    expect((await placed('❤️', '\x1b[?2027h\x1b[?2027s\x1b[?2027l\x1b[?2027r')).x).toBe(2);
  });

  it.each(['', '\x1b[?2027h'])('go to what stands before the cursor after a control (%j)', async (start) => {
    expect((await placed('e\x1b[m\u0301\u0302x你\x1b[m\u0301|', start)).cells).toEqual(['e\u0301\u0302', 'x', '你\u0301', '', '|']);
  });

  it('end at a control, and ASCII begins one', async () => {
    expect((await placed('👩\u200d\x0f👩', '\x1b[?2027h')).x).toBe(4);
    expect((await placed('\u{11a3a}a', '\x1b[?2027h')).x).toBe(2);
  });

  it('take what has become wide to the next row', async () => {
    const drawn = await placed('❤️', '\x1b[?2027h\x1b[20G');
    expect(drawn.lines).toEqual(['', '❤️']);
    expect(drawn.x).toBe(2);
  });
});
