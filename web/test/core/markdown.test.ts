import { describe, expect, it } from 'vitest';
import { parse_inline, parse_markdown, type Inline } from '../../src/core/markdown';

const plain = (items: readonly Inline[]): string => items.map((item) => ('text' in item ? item.text : plain(item.children))).join('');
const text = (value: string): Inline => ({ kind: 'text', text: value });

describe('within a line', () => {
  it.each<[string, Inline[]]>([
    ['plain', [text('plain')]],
    ['a `code *x*` b', [text('a '), { kind: 'code', text: 'code *x*' }, text(' b')]],
    ['``a ` b``', [{ kind: 'code', text: 'a ` b' }]],
    ['**bold *and* more**', [{ kind: 'strong', children: [text('bold '), { kind: 'em', children: [text('and')] }, text(' more')] }]],
    ['snake_case_name', [text('snake_case_name')]],
    ['2 * 3 * 4', [text('2 * 3 * 4')]],
    ['~~gone~~', [{ kind: 'del', children: [text('gone')] }]],
    ['\\*not\\*', [text('*not*')]],
    ['[docs](https://e.org/a_(b) "title")', [{ kind: 'link', href: 'https://e.org/a_(b)', children: [text('docs')] }]],
    ['see https://e.org/x.', [text('see '), { kind: 'link', href: 'https://e.org/x', children: [text('https://e.org/x')] }, text('.')]],
    ['<b onclick=x>raw</b>', [text('<b onclick=x>raw</b>')]],
    ['open **never', [text('open **never')]],
  ])('%s', (source, wanted) => {
    expect(parse_inline(source)).toEqual(wanted);
  });
});

describe('blocks', () => {
  it('headings, rules and paragraphs', () => {
    expect(parse_markdown('# One #\n\ntwo\nthree\n***\n#no')).toEqual([
      { kind: 'heading', level: 1, children: [text('One')] },
      { kind: 'paragraph', children: [text('two\nthree')] },
      { kind: 'rule' },
      { kind: 'paragraph', children: [text('#no')] },
    ]);
  });

  it('fences keep what is in them, closed or not', () => {
    expect(parse_markdown('```sh\n# x\n  *y*\n```\n~~~\nopen')).toEqual([
      { kind: 'code', language: 'sh', text: '# x\n  *y*' },
      { kind: 'code', language: '', text: 'open' },
    ]);
  });

  it('lists with lists in them, numbers and tasks', () => {
    const [list] = parse_markdown('- a\n  - b\n- [x] done\n- [ ] open\n  more');
    expect(list).toMatchObject({ kind: 'list', ordered: false, items: [
      { checked: null, children: [{ kind: 'paragraph' }, { kind: 'list', items: [{ children: [{ children: [text('b')] }] }] }] },
      { checked: true }, { checked: false, children: [{ kind: 'paragraph', children: [text('open\nmore')] }] },
    ] });
    expect(parse_markdown('3. x\n4. y\n\ntext')).toMatchObject([{ kind: 'list', ordered: true, start: 3, items: [{}, {}] }, { kind: 'paragraph' }]);
  });

  it('a list item may hold a fence', () => {
    expect(parse_markdown('1. run\n\n   ```\n   ls -la\n   ```\n2. look')).toMatchObject([
      { kind: 'list', items: [{ children: [{ kind: 'paragraph' }, { kind: 'code', text: 'ls -la' }] }, {}] },
    ]);
  });

  it('quotes and tables', () => {
    expect(parse_markdown('> a\n> - b\n\n| x | y |\n|---|:-:|\n| 1 | a \\| b |\n| 2')).toMatchObject([
      { kind: 'quote', children: [{ kind: 'paragraph' }, { kind: 'list' }] },
      { kind: 'table', head: [[text('x')], [text('y')]], rows: [[[text('1')], [text('a | b')]], [[text('2')], []]] },
    ]);
  });

  it('HTML is text', () => {
    expect(parse_markdown('<script>alert(1)</script>\n<img src=x onerror=y>')).toEqual([
      { kind: 'paragraph', children: [text('<script>alert(1)</script>\n<img src=x onerror=y>')] },
    ]);
  });

  it.each([['stars', '*'], ['open bold', '**a '], ['brackets', '['], ['quotes', '> '.repeat(400)], ['ticks', '`a'], ['indents', '- '], ['nested', '  - x\n    ']])(
    'a flood of %s ends, and loses no line',
    (_, piece) => {
      const blocks = parse_markdown(piece.repeat(20_000));
      expect(blocks.length).toBeGreaterThan(0);
    },
  );

  it('loses no words', () => {
    const words = parse_markdown('a *b* `c` [d](e) **f** _g_').map((block) => ('children' in block ? plain(block.children as Inline[]) : ''));
    expect(words).toEqual(['a b c d f g']);
  });
});
