import { describe, expect, it } from 'vitest';
import { browser_name } from '../../src/core/browser-name';
import { Emitter } from '../../src/core/emitter';
import { grid_for, shrunken_font } from '../../src/core/fit';
import { find_command, with_modifiers, type KeyLike } from '../../src/core/keymap';
import { count_lines, runs_commands, sanitize_paste } from '../../src/core/paste';
import { format_route, parse_route } from '../../src/core/router';

describe('an emitter', () => {
  it('calls the others although one throws, and lets listeners leave', () => {
    const emitter = new Emitter<number>();
    const seen: number[] = [];
    emitter.on(() => {
      throw new Error('broken');
    });
    const leave = emitter.on((value) => seen.push(value));
    expect(() => emitter.fire(1)).toThrow('broken');
    leave();
    expect(() => emitter.fire(2)).toThrow('broken');
    expect(seen).toEqual([1]);
  });
});

describe('routes', () => {
  it.each(['/', '/t/abc', '/settings/tokens', '/login'])('%s survives a round trip', (path) => {
    expect(format_route(parse_route(path))).toBe(path);
  });

  it('take the unknown home', () => {
    expect(parse_route('/what/ever')).toEqual({ page: 'home' });
    expect(parse_route('/t/%E0%A4%A')).toEqual({ page: 'home' });
    expect(parse_route('/settings')).toEqual({ page: 'settings', section: 'ai' });
    expect(parse_route('/t/a%20b')).toEqual({ page: 'terminal', id: 'a b' });
  });
});

describe('fitting', () => {
  it('counts whole cells', () => {
    expect(grid_for({ width: 805, height: 245 }, { width: 10, height: 20 })).toEqual({ cols: 80, rows: 12 });
  });

  it('says nothing about a hidden container and stays in bounds', () => {
    expect(grid_for({ width: 0, height: 100 }, { width: 10, height: 20 })).toBeNull();
    expect(grid_for({ width: 5, height: 5 }, { width: 10, height: 20 })).toEqual({ cols: 2, rows: 1 });
    expect(grid_for({ width: 1e6, height: 1e6 }, { width: 1, height: 1 })).toEqual({ cols: 1000, rows: 1000 });
  });

  it('shrinks the font for a grid of another viewer, never enlarges it', () => {
    const cell = { width: 10, height: 20 };
    expect(shrunken_font({ width: 400, height: 2000 }, cell, 14, { cols: 80, rows: 24 })).toBe(7);
    expect(shrunken_font({ width: 4000, height: 2000 }, cell, 14, { cols: 80, rows: 24 })).toBe(14);
    expect(shrunken_font({ width: 10, height: 10 }, cell, 14, { cols: 80, rows: 24 })).toBe(6);
  });
});

describe('pasting', () => {
  it('removes what could act on the terminal or mislead', () => {
    expect(sanitize_paste('a\x1b[201~b\x07\x00c\td\r\ne\u202ef\x9bg')).toBe('a[201~bc\td\r\nefg');
    expect(sanitize_paste('👩‍💻 你好')).toBe('👩‍💻 你好');
  });

  it('knows when it would run something', () => {
    expect(runs_commands('ls')).toBe(false);
    expect(runs_commands('ls\n')).toBe(true);
    expect(count_lines('a\r\nb\n')).toBe(2);
  });
});

describe('keys', () => {
  const key = (fields: Partial<KeyLike>): KeyLike => ({
    key: '', code: '', ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...fields,
  });
  const linux = { mac: false, alt_shortcuts: true };

  it('find their commands', () => {
    expect(find_command(key({ altKey: true, code: 'KeyT', key: 't' }), linux)).toEqual({ name: 'new_tab' });
    expect(find_command(key({ altKey: true, code: 'Digit3', key: '3' }), linux)).toEqual({ name: 'go_to_tab', index: 2 });
    expect(find_command(key({ ctrlKey: true, shiftKey: true, code: 'KeyF', key: 'F' }), linux)).toEqual({ name: 'search' });
    expect(find_command(key({ ctrlKey: true, key: '+' }), linux)).toEqual({ name: 'font_larger' });
    expect(find_command(key({ metaKey: true, key: '0' }), { ...linux, mac: true })).toEqual({ name: 'font_reset' });
  });

  it('leave the programs theirs', () => {
    expect(find_command(key({ ctrlKey: true, code: 'KeyC', key: 'c' }), linux)).toBeNull();
    expect(find_command(key({ ctrlKey: true, altKey: true, code: 'KeyT', key: 't' }), linux)).toBeNull();
    expect(find_command(key({ altKey: true, code: 'KeyT', key: 't' }), { mac: false, alt_shortcuts: false })).toBeNull();
  });

  it('take the modifiers of the key bar', () => {
    expect(with_modifiers('c', { ctrl: true, alt: false })).toBe('\x03');
    expect(with_modifiers('[', { ctrl: true, alt: false })).toBe('\x1b');
    expect(with_modifiers('b', { ctrl: false, alt: true })).toBe('\x1bb');
    expect(with_modifiers(' ', { ctrl: true, alt: false })).toBe('\x00');
    expect(with_modifiers('é', { ctrl: true, alt: false })).toBe('é');
    expect(with_modifiers('paste', { ctrl: true, alt: false })).toBe('paste');
  });
});

it('a viewer is called by browser and system', () => {
  expect(browser_name('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe('Firefox on Linux');
  expect(browser_name('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1')).toBe('Safari on iOS');
  expect(browser_name('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0')).toBe('Edge on Windows');
  expect(browser_name('')).toBe('Browser');
});
