import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import headless from '@xterm/headless';
// @ts-expect-error a script without types
import { pack, parse_ranges } from '../../build/make-width-table.mjs';
import { packed_widths } from '../../src/terminal/width-table';
import { server_widths, unpack_widths, Widths, type WidthRange } from '../../src/terminal/widths';

const source = readFileSync(new URL('../../../src/term/width_table.cpp', import.meta.url), 'utf8');
const of_server = (parse_ranges as (text: string) => { first: number; last: number; cells: number }[])(source).filter(
  (range) => range.cells !== 1,
);

describe('character widths', () => {
  it('are those of the server (else: npm run gen:widths)', () => {
    expect(unpack_widths(packed_widths)).toEqual(of_server);
  });

  it('survive packing', () => {
    const ranges: WidthRange[] = [{ first: 5, last: 5, cells: 0 }, { first: 6, last: 900, cells: 2 }];
    expect(unpack_widths((pack as (ranges: WidthRange[]) => string)(ranges))).toEqual(ranges);
  });

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
