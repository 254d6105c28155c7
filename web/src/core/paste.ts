// The controls are the subject here.
/* eslint-disable no-control-regex */

/** C0 except tab, LF and CR; DEL; C1. An ESC in here could end a bracketed paste early or drive the terminal. */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Bidirectional overrides and isolates: they make text read differently from what it is. */
const bidi = /[\u202a-\u202e\u2066-\u2069]/g;

/** Pasted text without what could act on the terminal or mislead the reader. */
export function sanitize_paste(text: string): string {
  return text.replace(controls, '').replace(bidi, '');
}

/** True if pasting this outside of a bracketed paste would run something. */
export function runs_commands(text: string): boolean {
  return /[\r\n]/.test(text);
}

export function count_lines(text: string): number {
  return text.replace(/(\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/).length;
}
