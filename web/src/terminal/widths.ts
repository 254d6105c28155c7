import type { IUnicodeVersionProvider } from '@xterm/xterm';
import { packed_widths } from './unicode-table';

/** Characters of which a table says the same, in order. */
export interface CharacterRange {
  first: number;
  last: number;
  /** One character that is neither a digit nor a small letter. */
  sign: string;
}

export function unpack_ranges(packed: string): CharacterRange[] {
  let end = 0;
  return packed.split(' ').map((item) => {
    const at = item.search(/[-+A-Z]/);
    const first = end + Number.parseInt(item.slice(0, at), 36);
    const more = item.slice(at + 1);
    const last = first + (more === '' ? 0 : Number.parseInt(more, 36));
    end = last + 1;
    return { first, last, sign: item[at] ?? '' };
  });
}

/** The range that a character lies in. */
export function find_range(ranges: readonly CharacterRange[], scalar: number): CharacterRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.last ?? 0) < scalar) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range && scalar >= range.first ? range : undefined;
}

const direct_end = 0x20000;

/** The width of every character, exactly as the server counts it: 0, 1 or 2 cells. */
export class Widths {
  private readonly direct = new Uint8Array(direct_end).fill(1);
  private readonly ranges: CharacterRange[];

  constructor(packed: string = packed_widths) {
    this.ranges = unpack_ranges(packed);
    for (const { first, last, sign } of this.ranges) this.direct.fill(cells_of(sign), first, Math.min(last + 1, direct_end));
    this.direct.fill(0, 0, 0x20);
    this.direct.fill(0, 0x7f, 0xa0);
  }

  of(scalar: number): 0 | 1 | 2 {
    if (scalar < direct_end) return (this.direct[scalar] ?? 1) as 0 | 1 | 2;
    const range = find_range(this.ranges, scalar);
    return range ? cells_of(range.sign) : 1;
  }
}

function cells_of(sign: string): 0 | 2 {
  return sign === '-' ? 0 : 2;
}

export const widths = new Widths();

/** After a control a zero-width character joins what stands before the cursor, whose width stays what it is. */
export const joins_left = 1;

/** xterm.js keeps width and joining of a character in one number: bit 0 joins, bits 1 and 2 are the width. */
export const server_widths: IUnicodeVersionProvider = {
  version: 'duotty',
  wcwidth: (scalar) => widths.of(scalar),
  charProperties(scalar, preceding) {
    const own = widths.of(scalar);
    return own === 0 ? (preceding & 6) | joins_left : own << 1;
  },
};
