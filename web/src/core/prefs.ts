import { signal } from '@preact/signals-core';
import type { KeyValueStore } from './platform';

export type ThemeChoice = 'dark' | 'light' | 'system';
export type Language = 'en' | 'zh';
export type CursorStyle = 'block' | 'bar' | 'underline';

/** How this browser shows things; kept in its storage. */
export interface Prefs {
  theme: ThemeChoice;
  /** Null until chosen: the browser's language then. */
  language: Language | null;
  font_size: number;
  line_height: number;
  scrollback: number;
  cursor_style: CursorStyle;
  cursor_blink: boolean;
  copy_on_select: boolean;
  visual_bell: boolean;
  screen_reader: boolean;
  option_is_meta: boolean;
  alt_shortcuts: boolean;
  gpu: boolean;
  /** Seconds after which the end of a command that nobody watches is told; 0 for never. */
  notify_after: number;
}

export const font_size_range = { min: 8, max: 32 } as const;
export const line_height_range = { min: 1, max: 2 } as const;
export const notify_after_range = { min: 0, max: 86_400 } as const;
export const scrollback_range = { min: 0, max: 100_000 } as const;

export const default_prefs: Prefs = {
  theme: 'system',
  language: null,
  font_size: 14,
  line_height: 1,
  scrollback: 10_000,
  cursor_style: 'block',
  cursor_blink: true,
  copy_on_select: false,
  visual_bell: true,
  screen_reader: false,
  option_is_meta: false,
  alt_shortcuts: true,
  gpu: true,
  notify_after: 10,
};

const storage_key = 'duotty.prefs';

type Range = Readonly<{ min: number; max: number }>;

export function clamp(value: number, range: Range): number {
  return Math.max(range.min, Math.min(range.max, value));
}

function number_in(value: unknown, range: Range, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? clamp(value, range) : fallback;
}

function one_of<T>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.includes(value as T) ? (value as T) : fallback;
}

/** Takes what is valid of a stored value and defaults for the rest: storage may be older or damaged. */
export function read_prefs(stored: unknown): Prefs {
  const from = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const flag = (name: keyof Prefs): boolean =>
    typeof from[name] === 'boolean' ? from[name] : (default_prefs[name] as boolean);
  return {
    theme: one_of(from.theme, ['dark', 'light', 'system'] as const, default_prefs.theme),
    language: one_of(from.language, ['en', 'zh', null] as const, null),
    font_size: number_in(from.font_size, font_size_range, default_prefs.font_size),
    line_height: number_in(from.line_height, line_height_range, default_prefs.line_height),
    scrollback: Math.round(number_in(from.scrollback, scrollback_range, default_prefs.scrollback)),
    cursor_style: one_of(from.cursor_style, ['block', 'bar', 'underline'] as const, default_prefs.cursor_style),
    cursor_blink: flag('cursor_blink'),
    copy_on_select: flag('copy_on_select'),
    visual_bell: flag('visual_bell'),
    screen_reader: flag('screen_reader'),
    option_is_meta: flag('option_is_meta'),
    alt_shortcuts: flag('alt_shortcuts'),
    gpu: flag('gpu'),
    notify_after: Math.round(number_in(from.notify_after, notify_after_range, default_prefs.notify_after)),
  };
}

export class PrefsStore {
  readonly prefs;

  constructor(private readonly storage: KeyValueStore) {
    this.prefs = signal<Prefs>(this.load());
  }

  change(part: Partial<Prefs>): void {
    this.prefs.value = read_prefs({ ...this.prefs.value, ...part });
    this.storage.set(storage_key, JSON.stringify(this.prefs.value));
  }

  /** Another window of this browser changed them. */
  reload(): void {
    this.prefs.value = this.load();
  }

  private load(): Prefs {
    try {
      return read_prefs(JSON.parse(this.storage.get(storage_key) ?? '{}'));
    } catch {
      return { ...default_prefs };
    }
  }
}

/** The first language of the browser's list that we speak. */
export function language_from(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return 'zh';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}
