import { describe, expect, it } from 'vitest';
import { css_colour, no_ui, read_ui, readable, readable_on, run_style, type UiPalette, type UiRun } from '../../src/core/screen-ui';

const palette: UiPalette = { colours: Array.from({ length: 16 }, (_, index) => `#0000${index.toString(16).padStart(2, '0')}`), foreground: '#eeeeee', background: '#101010' };
const run = (more: Partial<UiRun> = {}): UiRun => ({ col: 0, cells: 1, text: 'x', fg: null, bg: null, attributes: [], ...more });

describe('the ui frame', () => {
  it('is taken as it is', () => {
    const ui = read_ui({
      type: 'ui', mode: 'alt', top: 1, bottom: 2, capture: { id: 'c1', by: 'agent:ci' },
      elements: [{ id: 'a', kind: 'panel', position: 'top', left: 0, top: 0, width: 80, height: 1, by: 'me', focused: true, background: '4', rows: [[], [{ col: 2, cells: 5, text: 'hello', fg: '#ff0000', attributes: ['bold'] }]] }],
    });
    expect(ui.capture).toEqual({ id: 'c1', by: 'agent:ci' });
    expect(ui.elements[0]).toMatchObject({ id: 'a', kind: 'panel', position: 'top', background: '4', focused: true });
    expect(ui.elements[0]?.rows[1]?.[0]).toEqual(run({ col: 2, cells: 5, text: 'hello', fg: '#ff0000', attributes: ['bold'] }));
  });

  it('never fails, whatever it says', () => {
    for (const hostile of [null, 7, [], 'x', {}]) expect(read_ui(hostile).elements).toEqual([]);
    expect(read_ui(null)).toBe(no_ui);
    const ui = read_ui({ top: 1e12, elements: [null, {}, { id: 'x', width: 'wide', rows: 7, background: 'red;position:fixed' }, { id: 'y', rows: [7, [null, { col: -4, text: 9, fg: 'url(x)', attributes: [7, 'bold'] }]] }] });
    expect(ui.top).toBe(1000);
    expect(ui.elements.map((one) => [one.id, one.width, one.background])).toEqual([['x', 1, null], ['y', 1, null]]);
    expect(ui.elements[1]?.rows[1]?.[0]).toEqual(run({ cells: 0, text: '', attributes: ['bold'] }));
  });
});

describe('colours', () => {
  it('are the theme, the cube, greys and themselves', () => {
    expect(css_colour('5', palette)).toBe('#000005');
    expect(css_colour('16', palette)).toBe('#000000');
    expect(css_colour('196', palette)).toBe('#ff0000');
    expect(css_colour('231', palette)).toBe('#ffffff');
    expect(css_colour('232', palette)).toBe('#080808');
    expect(css_colour('255', palette)).toBe('#eeeeee');
    expect(css_colour('999', palette)).toBe('#eeeeee');
    expect(css_colour('#12ab34', palette)).toBe('#12ab34');
  });

  it('of text without its own can be read on whatever is behind', () => {
    expect(readable_on('#ffffff', palette)).toBe('#101010');
    expect(readable_on('#000080', palette)).toBe('#eeeeee');
  });

  it('by name are moved until they can be read, those by number of red, green and blue are not', () => {
    expect(readable('#00ff00', '#101010', palette)).toBe('#00ff00');
    expect(readable('#202020', '#101010', palette)).not.toBe('#202020');
    expect(run_style(run({ fg: '3', bg: '#000000' }), null, palette).color).not.toBe('#000003');
    expect(run_style(run({ fg: '#000003', bg: '#000000' }), null, palette).color).toBe('#000003');
  });

  it('exchange when inverse and inherit the background of the element', () => {
    expect(run_style(run(), null, palette)).toMatchObject({ color: '#eeeeee', background: null });
    expect(run_style(run({ bg: '#ffffff' }), null, palette)).toMatchObject({ color: '#101010', background: '#ffffff' });
    expect(run_style(run({ bg: '#ffffff' }), '#ffffff', palette).background).toBeNull();
    expect(run_style(run({ fg: '#ff0000', attributes: ['inverse', 'underline', 'strike'] }), null, palette)).toMatchObject({ color: '#101010', background: '#ff0000', decoration: 'underline line-through' });
  });
});
