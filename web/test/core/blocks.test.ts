import { describe, expect, it } from 'vitest';
import { decode_text } from '../../src/core/attach-protocol';
import { BlockCutter, deserves_notice, first_line, glyph_of, neighbour, tone_of, type BlockEvent, type BlockInfo } from '../../src/core/blocks';

const block = (seq: number, change: Partial<BlockInfo> = {}): BlockInfo => ({
  seq, command: `command ${seq}`, cwd: '/', by: 'human', started_at: 0, status: 'running', exit_code: null, duration_ms: null, ...change,
});
const event = (offset: number, seq: number, change: Partial<BlockInfo> = {}): BlockEvent => ({ offset, rows: 1, block: block(seq, change) });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const shown = (cutter: BlockCutter, offset: number, text: string) =>
  cutter.output(offset, bytes(text)).map((cut) => [new TextDecoder().decode(cut.bytes), cut.events.map((one) => one.block.seq)]);

describe('a block cutter', () => {
  it('hands on output that nothing happens in as it is', () => {
    expect(shown(new BlockCutter(), 10, 'abc')).toEqual([['abc', []]]);
  });

  it('cuts the output where a command starts and ends', () => {
    const cutter = new BlockCutter();
    cutter.snapshot(100);
    expect(cutter.add(event(104, 1))).toBeNull();
    expect(cutter.add(event(107, 1, { status: 'completed' }))).toBeNull();
    expect(shown(cutter, 100, 'ls\r\nfoo$ ')).toEqual([['ls\r\n', [1]], ['foo', [1]], ['$ ', []]]);
  });

  it('keeps what is behind the output for later, also at its very end', () => {
    const cutter = new BlockCutter();
    cutter.add(event(3, 1));
    cutter.add(event(9, 2));
    expect(shown(cutter, 0, 'abc')).toEqual([['abc', [1]]]);
    expect(shown(cutter, 3, 'def')).toEqual([['def', []]]);
    expect(shown(cutter, 6, 'ghij')).toEqual([['ghi', [2]], ['j', []]]);
  });

  it('gives several events of one place in their order', () => {
    const cutter = new BlockCutter();
    cutter.add(event(2, 1, { status: 'lost' }));
    cutter.add(event(2, 2));
    expect(shown(cutter, 0, 'abc')).toEqual([['ab', [1, 2]], ['c', []]]);
  });

  it('gives back at once what happens where the output stands', () => {
    const cutter = new BlockCutter();
    shown(cutter, 0, 'abc');
    expect(cutter.add(event(3, 1))).toEqual(event(3, 1));
  });

  it('takes the blocks of a snapshot and forgets what is in it', () => {
    const cutter = new BlockCutter();
    cutter.add(event(50, 1));
    cutter.add(event(150, 3));
    cutter.expect(100, [{ ...block(2), up: 4 }]);
    expect(cutter.snapshot(100).map(({ seq, up }) => [seq, up])).toEqual([[2, 4]]);
    expect(shown(cutter, 100, 'x'.repeat(60)).map(([, seqs]) => seqs)).toEqual([[3], []]);
    cutter.expect(1, [{ ...block(9), up: 0 }]);
    expect(cutter.snapshot(200)).toEqual([]);
  });
});

describe('a block', () => {
  it('shows how it ended', () => {
    expect(tone_of(block(1))).toBe('running');
    expect(tone_of(block(1, { status: 'completed', exit_code: 0 }))).toBe('ok');
    expect(tone_of(block(1, { status: 'completed', exit_code: 2 }))).toBe('bad');
    expect(tone_of(block(1, { status: 'lost' }))).toBe('unknown');
    expect(glyph_of(block(1, { status: 'completed', exit_code: 2 }))).toBe('✗');
  });

  it('is called by its first line', () => {
    expect(first_line('\n  for i in 1 2\ndo\ndone')).toBe('for i in 1 2');
    expect(first_line('')).toBe('');
  });

  it('is told of when it took long and nobody looked', () => {
    const long = block(1, { status: 'completed', exit_code: 0, duration_ms: 12_000 });
    expect(deserves_notice(long, false, 10)).toBe(true);
    expect(deserves_notice(long, true, 10)).toBe(false);
    expect(deserves_notice(long, false, 0)).toBe(false);
    expect(deserves_notice(long, false, 13)).toBe(false);
    expect(deserves_notice({ ...long, by: 'agent:ci' }, false, 10)).toBe(false);
    expect(deserves_notice({ ...long, status: 'running' }, false, 10)).toBe(false);
  });

  it('has neighbours', () => {
    expect(neighbour([2, 5, 9], 5, 1)).toBe(9);
    expect(neighbour([2, 5, 9], 5, -1)).toBe(2);
    expect(neighbour([2, 5, 9], 9, 1)).toBeNull();
    expect(neighbour([], 0, -1)).toBeNull();
  });
});

describe('frames about blocks', () => {
  it('are read when they are whole', () => {
    expect(decode_text(JSON.stringify({ type: 'block', ...event(1, 1) }))).toMatchObject({ type: 'block', offset: 1 });
    expect(decode_text(JSON.stringify({ type: 'blocks', offset: 1, blocks: [{ ...block(1), up: 3 }] }))).toMatchObject({ type: 'blocks' });
    expect(() => decode_text(JSON.stringify({ type: 'block', offset: 1, rows: 0, block: {} }))).toThrow();
    expect(() => decode_text(JSON.stringify({ type: 'blocks', offset: 1, blocks: [block(1)] }))).toThrow();
  });
});
