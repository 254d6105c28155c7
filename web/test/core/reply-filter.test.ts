import { describe, expect, it } from 'vitest';
import headless from '@xterm/headless';
import { suppress_replies } from '../../src/core/reply-filter';

function write(terminal: InstanceType<typeof headless.Terminal>, data: string): Promise<void> {
  return new Promise((resolve) => terminal.write(data, resolve));
}

function make(): { terminal: InstanceType<typeof headless.Terminal>; replies: string[] } {
  const window_options = { getWinSizeChars: true, getCellSizePixels: true, getWinSizePixels: true };
  const terminal = new headless.Terminal({ allowProposedApi: true, windowOptions: window_options });
  const replies: string[] = [];
  terminal.onData((data) => replies.push(data));
  return { terminal, replies };
}

const queries: [string, string][] = [
  ['DA1', '\x1b[c'],
  ['DA1 with 0', '\x1b[0c'],
  ['DA2', '\x1b[>c'],
  ['DA3', '\x1b[=c'],
  ['DSR', '\x1b[5n'],
  ['CPR', '\x1b[6n'],
  ['DECXCPR', '\x1b[?6n'],
  ['DECRQM private', '\x1b[?2026$p'],
  ['DECRQM ansi', '\x1b[4$p'],
  ['XTVERSION', '\x1b[>q'],
  ['DECRQSS', '\x1bP$qm\x1b\\'],
  ['XTGETTCAP', '\x1bP+q544e\x1b\\'],
  ['OSC 4', '\x1b]4;1;?\x07'],
  ['OSC 10', '\x1b]10;?\x07'],
  ['OSC 10 and 11', '\x1b]10;?;?\x1b\\'],
  ['OSC 11', '\x1b]11;?\x1b\\'],
  ['OSC 12', '\x1b]12;?\x07'],
  ['kitty keyboard', '\x1b[?u'],
  ['text area size', '\x1b[18t'],
  ['cell size', '\x1b[16t'],
  ['window size', '\x1b[14t'],
  ['DECREQTPARM', '\x1b[x'],
];

describe('the reply filter', () => {
  it('is needed: the bare emulator answers', async () => {
    const { terminal, replies } = make();
    await write(terminal, '\x1b[c\x1b[6n\x1b[?2026$p\x1bP$qm\x1b\\\x1b[18t');
    expect(replies).toHaveLength(5);
  });

  it.each(queries)('keeps %s unanswered', async (_, query) => {
    const { terminal, replies } = make();
    suppress_replies(terminal.parser);
    await write(terminal, `${query}after`);
    expect(replies).toEqual([]);
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('after');
  });

  it('leaves cursor restore and setting colours alone', async () => {
    const { terminal } = make();
    suppress_replies(terminal.parser);
    await write(terminal, '\x1b]4;1;rgb:ff/00/00\x07\x1b]10;#ffffff\x07');
    await write(terminal, 'ab\x1b[scd\x1b[uX');
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('abXd');
  });
});
