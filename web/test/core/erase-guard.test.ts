import { describe, expect, it } from 'vitest';
import headless from '@xterm/headless';
import { guard_erase } from '../../src/core/erase-guard';

type Terminal = InstanceType<typeof headless.Terminal>;
const write = (terminal: Terminal, data: string): Promise<void> => new Promise((resolve) => terminal.write(data, resolve));

function rows(terminal: Terminal): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
}

function make(): Terminal {
  const terminal = new headless.Terminal({ allowProposedApi: true, cols: 10, rows: 3 });
  guard_erase(terminal);
  return terminal;
}

describe('erasing up to the last cell', () => {
  it.each(['\x1b[1J', '\x1b[?1J'])('clears the screen and goes on (%j)', async (sequence) => {
    const terminal = make();
    await write(terminal, `one\r\ntwo\r\nthree\x1b[3;10H${sequence}`);
    expect(rows(terminal)).toEqual(['', '', '']);
    expect([terminal.buffer.active.cursorX, terminal.buffer.active.cursorY]).toEqual([9, 2]);
    await write(terminal, 'X\x1b[Hdrawn');
    expect(rows(terminal)).toEqual(['drawn', '', '         X']);
  });

  it('does so on the alternate screen, with a full last row', async () => {
    const terminal = make();
    await write(terminal, '\x1b[?1049h\x1b[3;1H0123456789\x1b[1J');
    expect(rows(terminal)).toEqual(['', '', '']);
  });

  it('leaves every other erasing to the emulator', async () => {
    const terminal = make();
    await write(terminal, 'one\r\ntwo\r\nthree\x1b[2;10H\x1b[1J');
    expect(rows(terminal)).toEqual(['', '', 'three']);
    await write(terminal, '\x1b[3;3H\x1b[1J');
    expect(rows(terminal)).toEqual(['', '', '   ee']);
    await write(terminal, '\x1b[3;10H\x1b[J\x1b[1;1Hx');
    expect(rows(terminal)).toEqual(['x', '', '   ee']);
  });
});
