/** The part of a KeyboardEvent that shortcuts look at. */
export interface KeyLike {
  key: string;
  code: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

export type Command =
  | { name: 'new_tab' | 'close_tab' | 'next_tab' | 'previous_tab' | 'settings' | 'search' | 'copy' | 'paste' }
  | { name: 'activity' | 'ssh' | 'files' | 'history' | 'command_menu' | 'previous_command' | 'next_command' }
  | { name: 'font_larger' | 'font_smaller' | 'font_reset' | 'rename_tab' }
  | { name: 'go_to_tab'; index: number };

export interface Binding {
  command: Command;
  /** As shown to people, e.g. "Alt+T". */
  label: string;
  /** Alt alone belongs to programs in the terminal too, so these can be turned off. */
  alt: boolean;
  matches(key: KeyLike, mac: boolean): boolean;
}

const only_alt = (key: KeyLike): boolean => key.altKey && !key.ctrlKey && !key.metaKey;
const ctrl_shift = (key: KeyLike): boolean => key.ctrlKey && key.shiftKey && !key.altKey && !key.metaKey;
/** Ctrl, or Cmd on a Mac. */
const primary = (key: KeyLike, mac: boolean): boolean =>
  !key.altKey && (mac ? key.metaKey && !key.ctrlKey : key.ctrlKey && !key.metaKey);

export const bindings: readonly Binding[] = [
  { command: { name: 'new_tab' }, label: 'Alt+T', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyT' },
  { command: { name: 'close_tab' }, label: 'Alt+Shift+W', alt: true, matches: (k) => only_alt(k) && k.shiftKey && k.code === 'KeyW' },
  { command: { name: 'next_tab' }, label: 'Alt+PageDown', alt: true, matches: (k) => only_alt(k) && k.key === 'PageDown' },
  { command: { name: 'previous_tab' }, label: 'Alt+PageUp', alt: true, matches: (k) => only_alt(k) && k.key === 'PageUp' },
  ...Array.from({ length: 9 }, (_, index): Binding => ({
    command: { name: 'go_to_tab', index },
    label: `Alt+${index + 1}`,
    alt: true,
    matches: (k) => only_alt(k) && !k.shiftKey && k.code === `Digit${index + 1}`,
  })),
  { command: { name: 'settings' }, label: 'Alt+,', alt: true, matches: (k) => only_alt(k) && k.code === 'Comma' },
  { command: { name: 'search' }, label: 'Ctrl+Shift+F', alt: false, matches: (k, mac) => (ctrl_shift(k) && k.code === 'KeyF') || (mac && primary(k, mac) && k.code === 'KeyF') },
  { command: { name: 'previous_command' }, label: 'Ctrl+Shift+↑', alt: false, matches: (k) => ctrl_shift(k) && k.key === 'ArrowUp' },
  { command: { name: 'next_command' }, label: 'Ctrl+Shift+↓', alt: false, matches: (k) => ctrl_shift(k) && k.key === 'ArrowDown' },
  { command: { name: 'command_menu' }, label: 'Alt+O', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyO' },
  { command: { name: 'history' }, label: 'Alt+H', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyH' },
  { command: { name: 'activity' }, label: 'Alt+A', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyA' },
  { command: { name: 'ssh' }, label: 'Alt+S', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyS' },
  { command: { name: 'files' }, label: 'Alt+E', alt: true, matches: (k) => only_alt(k) && !k.shiftKey && k.code === 'KeyE' },
  { command: { name: 'copy' }, label: 'Ctrl+Shift+C', alt: false, matches: (k) => (ctrl_shift(k) && k.code === 'KeyC') || (k.ctrlKey && !k.shiftKey && !k.altKey && k.code === 'Insert') },
  { command: { name: 'paste' }, label: 'Ctrl+Shift+V', alt: false, matches: (k) => ctrl_shift(k) && k.code === 'KeyV' },
  { command: { name: 'font_larger' }, label: 'Ctrl+=', alt: false, matches: (k, mac) => primary(k, mac) && (k.key === '=' || k.key === '+') },
  { command: { name: 'font_smaller' }, label: 'Ctrl+-', alt: false, matches: (k, mac) => primary(k, mac) && !k.shiftKey && k.key === '-' },
  { command: { name: 'font_reset' }, label: 'Ctrl+0', alt: false, matches: (k, mac) => primary(k, mac) && !k.shiftKey && k.key === '0' },
];

export function find_command(key: KeyLike, options: { mac: boolean; alt_shortcuts: boolean }): Command | null {
  const found = bindings.find((binding) => (options.alt_shortcuts || !binding.alt) && binding.matches(key, options.mac));
  return found?.command ?? null;
}

/** Modifiers held by the on-screen key bar. */
export interface StickyModifiers {
  ctrl: boolean;
  alt: boolean;
}

/** What a character typed on a phone's keyboard becomes under the key bar's Ctrl and Alt. */
export function with_modifiers(text: string, { ctrl, alt }: StickyModifiers): string {
  let result = text;
  if (ctrl && text.length === 1) {
    const code = text.toUpperCase().charCodeAt(0);
    if (text === ' ') result = '\x00';
    else if (text === '?') result = '\x7f';
    else if (code >= 0x40 && code <= 0x5f) result = String.fromCharCode(code & 0x1f);
  }
  return alt ? `\x1b${result}` : result;
}
