/** A piece of a line. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] };

/** A part of a text in Markdown. HTML in it is text like any other. */
export type Block =
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: ListItem[] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

export interface ListItem {
  /** Of a task; null when it is none. */
  checked: boolean | null;
  children: Block[];
}

const deepest = 12;
/** Longer paragraphs stay as they are: looking for what ends each mark would take too long. */
const longest_inline = 20_000;

const patterns: readonly { open: RegExp; make: (match: RegExpExecArray, depth: number) => Inline }[] = [
  { open: /^\\([\\`*_{}[\]()#+\-.!|~<>])/, make: (m) => ({ kind: 'text', text: m[1] ?? '' }) },
  { open: /^(`+)(?!`)([\s\S]*?[^`])\1(?!`)/, make: (m) => ({ kind: 'code', text: (m[2] ?? '').replace(/^ (.*\S.*) $/, '$1') }) },
  { open: /^\*\*(?=\S)([\s\S]*?\S)\*\*/, make: (m, depth) => ({ kind: 'strong', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^__(?=\S)([\s\S]*?\S)__(?!\w)/, make: (m, depth) => ({ kind: 'strong', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^~~(?=\S)([\s\S]*?\S)~~/, make: (m, depth) => ({ kind: 'del', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^\*(?=[^\s*])([^*]*[^\s*])\*/, make: (m, depth) => ({ kind: 'em', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^_(?=[^\s_])([^_]*[^\s_])_(?!\w)/, make: (m, depth) => ({ kind: 'em', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^!?\[([^[\]]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/, make: (m, depth) => ({ kind: 'link', href: m[2] ?? '', children: parse_inline(m[1] ?? '', depth + 1) }) },
  { open: /^<?(https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"])>?/, make: (m) => ({ kind: 'link', href: m[1] ?? '', children: [{ kind: 'text', text: m[1] ?? '' }] }) },
];

/** Where something may begin: everything before it is text. */
const special = /[\\`*_~![<h]/g;

export function parse_inline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  const add_text = (more: string): void => {
    const last = found.at(-1);
    if (more === '') return;
    if (last?.kind === 'text') last.text += more;
    else found.push({ kind: 'text', text: more });
  };
  if (depth > deepest || text.length > longest_inline) return [{ kind: 'text', text }];
  for (let at = 0; at < text.length; ) {
    special.lastIndex = at;
    const next = special.exec(text)?.index ?? text.length;
    add_text(text.slice(at, next));
    at = next;
    if (at >= text.length) break;
    const rest = text.slice(at);
    // An underscore within a word is part of it.
    const in_word = text[at] === '_' && /\w/.test(text[at - 1] ?? '');
    const hit = in_word ? null : first_match(rest);
    if (!hit) {
      add_text(text[at] ?? '');
      at += 1;
      continue;
    }
    const piece = hit.make(hit.match, depth);
    if (piece.kind === 'text') add_text(piece.text);
    else found.push(piece);
    at += hit.match[0].length;
  }
  return found;
}

function first_match(rest: string): { match: RegExpExecArray; make: (match: RegExpExecArray, depth: number) => Inline } | null {
  for (const { open, make } of patterns) {
    const match = open.exec(rest);
    if (match) return { match, make };
  }
  return null;
}

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const heading = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const rule = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const item = /^( {0,3})([-*+]|\d{1,9}[.)])(?:([ \t]+)(.*)|)$/;
const table_line = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Reads a text line by line; whatever it is, the answer is a tree. */
export function parse_markdown(text: string): Block[] {
  return parse_blocks(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n'), 0);
}

function parse_blocks(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.trim() === '') {
      at += 1;
      continue;
    }
    const [block, next] = depth > deepest ? paragraph(lines, at) : block_at(lines, at, depth);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

/** The block that begins at a line, and the line after it. */
function block_at(lines: readonly string[], at: number, depth: number): [Block, number] {
  const line = lines[at] ?? '';
  const title = heading.exec(line);
  if (title) return [{ kind: 'heading', level: (title[1] ?? '').length, children: parse_inline(title[2] ?? '') }, at + 1];
  if (rule.test(line)) return [{ kind: 'rule' }, at + 1];
  const fenced = fence.exec(line);
  if (fenced) return code(lines, at, fenced);
  if (/^ {0,3}>/.test(line)) return quote(lines, at, depth);
  if (item.test(line)) return list(lines, at, depth);
  if (line.includes('|') && table_line.test(lines[at + 1] ?? '') && (lines[at + 1] ?? '').includes('-')) return table(lines, at);
  return paragraph(lines, at);
}

function code(lines: readonly string[], at: number, open: RegExpExecArray): [Block, number] {
  const mark = open[1] ?? '```';
  const close = new RegExp(`^ {0,3}${mark.charAt(0)}{${mark.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end] ?? '')) end += 1;
  return [{ kind: 'code', language: (open[2] ?? '').trim(), text: lines.slice(at + 1, end).join('\n') }, end + 1];
}

function quote(lines: readonly string[], at: number, depth: number): [Block, number] {
  let end = at;
  while (end < lines.length && /^ {0,3}>/.test(lines[end] ?? '')) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/, ''));
  return [{ kind: 'quote', children: parse_blocks(inner, depth + 1) }, end];
}

function list(lines: readonly string[], at: number, depth: number): [Block, number] {
  const first = item.exec(lines[at] ?? '');
  const ordered = /\d/.test(first?.[2] ?? '');
  const items: ListItem[] = [];
  let next = at;
  for (;;) {
    const match = item.exec(lines[next] ?? '');
    if (!match || /\d/.test(match[2] ?? '') !== ordered || rule.test(lines[next] ?? '')) break;
    const width = (match[1] ?? '').length + (match[2] ?? '').length + Math.min(4, (match[3] ?? ' ').length);
    const body = [match[4] ?? ''];
    next += 1;
    for (; next < lines.length; next++) {
      const line = lines[next] ?? '';
      const indent = line.length - line.trimStart().length;
      const goes_on = line.trim() === '' ? (lines[next + 1] ?? '').startsWith(' '.repeat(width)) && (lines[next + 1] ?? '').trim() !== '' : indent >= width;
      // A line that simply follows the words of an item belongs to them.
      const lazy = line.trim() !== '' && !item.test(line) && (body.at(-1) ?? '').trim() !== '' && !heading.test(line) && !fence.test(line) && !/^ {0,3}>/.test(line) && !rule.test(line);
      if (!goes_on && !lazy) break;
      body.push(indent >= width ? line.slice(width) : line.trimStart());
    }
    const task = /^\[([ xX])\]\s+/.exec(body[0] ?? '');
    if (task) body[0] = (body[0] ?? '').slice(task[0].length);
    items.push({ checked: task ? task[1] !== ' ' : null, children: parse_blocks(body, depth + 1) });
    // One empty line between items keeps them one list.
    if ((lines[next] ?? '').trim() === '' && item.test(lines[next + 1] ?? '')) next += 1;
  }
  return [{ kind: 'list', ordered, start: ordered ? Number.parseInt(first?.[2] ?? '1', 10) : 1, items }, next];
}

/** The cells of a row; a bar behind a backslash is no border. */
function cells(line: string): Inline[][] {
  const found: string[] = [];
  let cell = '';
  const inner = line.trim().replace(/^\|/, '');
  for (let at = 0; at < inner.length; at++) {
    const escaped = inner[at] === '\\' && at + 1 < inner.length;
    if (inner[at] === '|') {
      found.push(cell);
      cell = '';
    } else {
      cell += escaped ? inner.slice(at, at + 2) : inner.charAt(at);
      if (escaped) at += 1;
    }
  }
  if (cell.trim() !== '') found.push(cell);
  return found.map((text) => parse_inline(text.trim()));
}

function table(lines: readonly string[], at: number): [Block, number] {
  const head = cells(lines[at] ?? '');
  const rows: Inline[][][] = [];
  let next = at + 2;
  for (; next < lines.length && (lines[next] ?? '').includes('|'); next++) {
    const row = cells(lines[next] ?? '');
    rows.push(head.map((_, column) => row[column] ?? []));
  }
  return [{ kind: 'table', head, rows }, next];
}

function paragraph(lines: readonly string[], at: number): [Block, number] {
  let end = at + 1;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? '';
    if (line.trim() === '' || heading.test(line) || fence.test(line) || rule.test(line) || /^ {0,3}>/.test(line) || item.test(line)) break;
  }
  return [{ kind: 'paragraph', children: parse_inline(lines.slice(at, end).map((line) => line.trim()).join('\n')) }, end];
}
