import type { IUnicodeVersionProvider } from '@xterm/xterm';
import { packed_widths } from './width-table';

/** Characters that do not take one cell, in order. */
export interface WidthRange {
  first: number;
  last: number;
  cells: 0 | 2;
}

export function unpack_widths(packed: string): WidthRange[] {
  let end = 0;
  return packed.split(' ').map((item) => {
    const at = item.search(/[-+]/);
    const first = end + Number.parseInt(item.slice(0, at), 36);
    const more = item.slice(at + 1);
    const last = first + (more === '' ? 0 : Number.parseInt(more, 36));
    end = last + 1;
    return { first, last, cells: item[at] === '-' ? 0 : 2 };
  });
}

const direct_end = 0x20000;

/** The width of every character, exactly as the server counts it: 0, 1 or 2 cells. */
export class Widths {
  private readonly direct = new Uint8Array(direct_end).fill(1);
  private readonly ranges: WidthRange[];

  constructor(packed: string = packed_widths) {
    this.ranges = unpack_widths(packed);
    for (const { first, last, cells } of this.ranges) this.direct.fill(cells, first, Math.min(last + 1, direct_end));
    this.direct.fill(0, 0, 0x20);
    this.direct.fill(0, 0x7f, 0xa0);
  }

  of(scalar: number): 0 | 1 | 2 {
    if (scalar < direct_end) return (this.direct[scalar] ?? 1) as 0 | 1 | 2;
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ranges[middle]?.last ?? 0) < scalar) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low];
    return range && scalar >= range.first ? range.cells : 1;
  }
}

const shared = new Widths();

/** xterm.js keeps width and joining of a character in one number: bit 0 joins, bits 1 and 2 are the width. */
export const server_widths: IUnicodeVersionProvider = {
  version: 'duotty',
  wcwidth: (scalar) => shared.of(scalar),
  charProperties(scalar, preceding) {
    const own = shared.of(scalar);
    const before = (preceding >> 1) & 3;
    const joins = own === 0 && preceding !== 0 && before !== 0;
    return ((joins ? before : own) << 1) | (joins ? 1 : 0);
  },
};
