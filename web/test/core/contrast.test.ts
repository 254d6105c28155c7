import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dark_palette, light_palette } from '../../src/terminal/palettes';

const tokens = readFileSync(new URL('../../src/style/tokens.css', import.meta.url), 'utf8');

function channel(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(colour: string): number {
  const number = Number.parseInt(colour.slice(1, 7), 16);
  return 0.2126 * channel(number >> 16) + 0.7152 * channel((number >> 8) & 255) + 0.0722 * channel(number & 255);
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function theme(name: string): Record<string, string> {
  const block = new RegExp(`data-theme='${name}'\\] \\{([^}]*)\\}`).exec(tokens)?.[1] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

describe.each(['dark', 'light'])('the %s theme', (name) => {
  const colours = theme(name);
  const texts = ['text-0', 'text-1', 'text-2', 'person', 'agent', 'good', 'bad', 'warn'];
  const pairs = ['ground-0', 'ground-1', 'ground-2', 'ground-3'].flatMap((ground) => texts.map((text) => [text, ground]));

  it.each(pairs)('%s can be read on %s', (text, ground) => {
    expect(contrast(colours[text] ?? '', colours[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['person', 'bad'])('buttons filled with %s can be read', (fill) => {
    expect(contrast(colours['on-fill'] ?? '', colours[fill] ?? '')).toBeGreaterThanOrEqual(4.5);
  });
});

describe.each([
  ['dark', dark_palette, ['black']],
  ['light', light_palette, []],
] as const)('the %s palette', (_, palette, grounds_only) => {
  const ansi = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
  const bright = ['brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const;

  // Black on a dark ground is what programs use as a ground, not for text.
  it.each(['foreground', ...ansi, ...bright].filter((name) => !(grounds_only as readonly string[]).includes(name)))('%s can be read', (name) => {
    const colour = palette[name as keyof typeof palette];
    expect(contrast(colour, palette.background)).toBeGreaterThanOrEqual(4.5);
  });

  it('selected text can be read', () => {
    expect(contrast(palette.foreground, palette.selectionBackground)).toBeGreaterThanOrEqual(4.5);
  });
});
