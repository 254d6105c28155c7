/** A field for text knows only \n: how the lines of a file ended is kept beside it. */
export type LineEnd = '\n' | '\r\n' | '\r';

export interface Lines {
  text: string;
  end: LineEnd;
  /** There were several kinds: after saving there is one. */
  mixed: boolean;
}

/** The text with \n, and the end that most of its lines had. */
export function read_lines(text: string): Lines {
  const counts: Record<LineEnd, number> = { '\n': 0, '\r\n': 0, '\r': 0 };
  for (const [end] of text.matchAll(/\r\n|\n|\r/g)) counts[end as LineEnd] += 1;
  const kinds = (['\n', '\r\n', '\r'] as const).filter((end) => counts[end] > 0);
  const end = [...kinds].sort((a, b) => counts[b] - counts[a])[0] ?? '\n';
  return { text: text.replace(/\r\n|\r/g, '\n'), end, mixed: kinds.length > 1 };
}

export function write_lines(text: string, end: LineEnd): string {
  return end === '\n' ? text : text.replace(/\n/g, end);
}
