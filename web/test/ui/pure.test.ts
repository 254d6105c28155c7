import { describe, expect, it } from 'vitest';
import { duration, format_time } from '../../src/core/format';
import { target_index } from '../../src/core/reorder';
import { safe_link } from '../../src/terminal/links';
import { clipboard_write } from '../../src/terminal/osc52';

describe('clipboard offers of programs', () => {
  const offer = (text: string): string => `c;${Buffer.from(text).toString('base64')}`;

  it('give their text', () => {
    expect(clipboard_write(offer('héllo 你好'))).toBe('héllo 你好');
  });

  it.each([
    ['a question', 'c;?'],
    ['a clearing', 'c;'],
    ['no selection', 'aGk='],
    ['what is not base64', 'c;***'],
    ['what is not UTF-8', `c;${Buffer.from([0xff, 0xfe]).toString('base64')}`],
    ['too much', `c;${Buffer.alloc(150_001, 'a').toString('base64')}`],
  ])('ignore %s', (_, data) => {
    expect(clipboard_write(data)).toBeNull();
  });
});

describe('links', () => {
  it.each(['https://example.com/a?b#c', 'http://localhost:3000/', 'mailto:me@example.com'])('may lead to %s', (uri) => {
    expect(safe_link(uri)).toBe(uri);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vscode://x', 'not a link', ''])('never to %j', (uri) => {
    expect(safe_link(uri)).toBeNull();
  });
});

describe('a dragged tab', () => {
  const boxes = [0, 100, 200, 300].map((left) => ({ left, width: 100 }));

  it.each([
    [0, 50, 0],
    [0, 149, 0],
    [0, 151, 1],
    [0, 900, 3],
    [3, 251, 3],
    [3, 249, 2],
    [3, -50, 0],
    [2, 160, 2],
  ])('from place %i with the pointer at %i belongs to place %i', (from, x, to) => {
    expect(target_index(boxes, from, x)).toBe(to);
  });
});

it('durations are short', () => {
  expect([1500, 59_940, 65_000, 7_380_000].map(duration)).toEqual(['1.5s', '59.9s', '1m 05s', '2h 03m']);
});

it('times may be ISO text, Unix seconds, or missing', () => {
  expect(format_time(null, 'en')).toBeNull();
  expect(format_time('', 'en')).toBeNull();
  expect(format_time('2024-05-01T12:00:00Z', 'en')).toContain('2024');
  expect(format_time(1_714_564_800, 'zh')).toContain('2024');
  expect(format_time('soon', 'en')).toBe('soon');
});
