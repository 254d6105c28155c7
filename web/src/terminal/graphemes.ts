import type { IUnicodeVersionProvider } from '@xterm/xterm';
import type { Dispose } from '../core/emitter';
import { grapheme_kinds, packed_emoji, packed_graphemes } from './unicode-table';
import { find_range, joins_left, server_widths, unpack_ranges, widths } from './widths';

type Kind = (typeof grapheme_kinds)[keyof typeof grapheme_kinds] | 'other';

/** What of the text so far decides whether the next character begins a cluster: src/term/grapheme.cpp in this language. */
export interface ClusterState {
  last: Kind;
  /** The last character becomes an emoji before VARIATION SELECTOR-16. */
  emoji_base: boolean;
  pictograph: boolean;
  half_flag: boolean;
  consonant: boolean;
  linker: boolean;
}

const emoji_selector = 0xfe0f;
/** As the server keeps with a first character; it drops more. */
const most_marks = 15;
const ranges = unpack_ranges(packed_graphemes);
const emoji = unpack_ranges(packed_emoji);
const kinds: readonly Kind[] = ['other', ...Object.values(grapheme_kinds)];

export function kind_of(scalar: number): Kind {
  if ((scalar >= 0x20 && scalar < 0x7f) || (scalar >= 0x3400 && scalar < 0xa000)) return 'other';
  const sign = find_range(ranges, scalar)?.sign;
  return sign === undefined ? 'other' : grapheme_kinds[sign as keyof typeof grapheme_kinds];
}

const is_control = (kind: Kind): boolean => kind === 'control' || kind === 'cr' || kind === 'lf';
const is_mark = (kind: Kind): boolean => kind === 'extend' || kind === 'divider' || kind === 'linker' || kind === 'joiner';

export function joins(state: ClusterState, next: Kind): boolean {
  const { last } = state;
  if (last === 'cr' && next === 'lf') return true;
  if (is_control(last) || is_control(next)) return false;
  if (last === 'lead' && (next === 'lead' || next === 'vowel' || next === 'syllable')) return true;
  if ((last === 'syllable' || last === 'vowel') && (next === 'vowel' || next === 'trail')) return true;
  if (last === 'trail' && next === 'trail') return true;
  if (is_mark(next) || next === 'spacing' || last === 'prepend') return true;
  if (next === 'consonant') return state.linker;
  if (next === 'pictograph') return last === 'joiner' && state.pictograph;
  return next === 'regional' && state.half_flag;
}

export function after(state: ClusterState | null, scalar: number): ClusterState {
  const next = kind_of(scalar);
  const mark = is_mark(next);
  const goes_on = state !== null && state.consonant && mark && next !== 'divider';
  return {
    // A syllable with its trailing consonant is followed by what follows such a consonant.
    last: next === 'syllable' && (scalar - 0xac00) % 28 !== 0 ? 'trail' : next,
    emoji_base: find_range(emoji, scalar) !== undefined,
    pictograph: next === 'pictograph' || (state !== null && state.pictograph && mark && state.last !== 'joiner'),
    half_flag: next === 'regional' && state?.half_flag !== true,
    consonant: next === 'consonant' || goes_on,
    linker: goes_on && (state.linker || next === 'linker'),
  };
}

/** Cells of a cluster that took `cells` when `scalar` joins it. */
function cells_with(state: ClusterState, cells: number, scalar: number): number {
  if (scalar === emoji_selector && state.emoji_base) return 2;
  if (state.half_flag && kind_of(scalar) === 'regional') return 2;
  return Math.max(cells, widths.of(scalar));
}

// The emulator hands the number that it got for one character back with the next one; above joining and width there is
// room for the state and the number of characters.
function pack(state: ClusterState, count: number, cells: number, joined: boolean): number {
  const flags = [state.emoji_base, state.pictograph, state.half_flag, state.consonant, state.linker];
  const bits = flags.reduce((sum, flag, i) => sum | (flag ? 1 << i : 0), 0);
  return ((((count << 5) | kinds.indexOf(state.last)) << 5) | bits) << 3 | (cells << 1) | (joined ? 1 : 0);
}

function unpack(packed: number): { state: ClusterState; count: number; cells: number } {
  const flag = (i: number): boolean => ((packed >> (3 + i)) & 1) === 1;
  const last = kinds[(packed >> 8) & 31] ?? 'other';
  const state = { last, emoji_base: flag(0), pictograph: flag(1), half_flag: flag(2), consonant: flag(3), linker: flag(4) };
  return { state, count: packed >> 13, cells: (packed >> 1) & 3 };
}

/** Places text as the server does under mode 2027. */
export const server_graphemes: IUnicodeVersionProvider = {
  version: 'duotty-graphemes',
  wcwidth: (scalar) => widths.of(scalar),
  charProperties(scalar, preceding) {
    const own = widths.of(scalar);
    const { state, count, cells } = unpack(preceding);
    const follows = cells !== 0;
    if (!follows && own === 0) return joins_left;
    // ASCII begins a cell, whatever stands before it.
    const joined = follows && (own === 0 || (scalar >= 0x80 && joins(state, kind_of(scalar))));
    if (!joined) return pack(after(follows ? state : null, scalar), 1, own, false);
    if (count > most_marks) return preceding | 1;
    return pack(after(state, scalar), count + 1, cells_with(state, cells, scalar), true);
  },
};

type Params = (number | number[])[];

/** The part of xterm.js' terminal that is needed here. */
export interface UnicodeTerminal {
  readonly unicode: { activeVersion: string; register(provider: IUnicodeVersionProvider): void };
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; final: string }, handler: (params: Params) => boolean): { dispose(): void };
    registerEscHandler(id: { final: string }, handler: () => boolean): { dispose(): void };
  };
}

const mode = 2027;

/** Places characters as the server does, one by one or, while a program has mode 2027 on, by grapheme clusters. */
export function follow_server_unicode(terminal: UnicodeTerminal): Dispose {
  const { unicode, parser } = terminal;
  unicode.register(server_widths);
  unicode.register(server_graphemes);
  const set = (on: boolean): void => {
    unicode.activeVersion = (on ? server_graphemes : server_widths).version;
  };
  let saved: boolean | null = null;
  set(false);
  // Each sees the sequence first and leaves it to the emulator, which has other modes to care for.
  const on_mode = (final: string, act: () => void) =>
    parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      if (params.includes(mode)) act();
      return false;
    });
  const handlers = [
    on_mode('h', () => set(true)),
    on_mode('l', () => set(false)),
    on_mode('s', () => (saved = unicode.activeVersion === server_graphemes.version)),
    on_mode('r', () => {
      if (saved !== null) set(saved);
    }),
    parser.registerEscHandler({ final: 'c' }, () => {
      saved = null;
      set(false);
      return false;
    }),
  ];
  return () => {
    for (const handler of handlers) handler.dispose();
  };
}
