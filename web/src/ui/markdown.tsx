import { useMemo } from 'preact/hooks';
import { useApp } from '../app/context';
import { parse_markdown, type Block, type Inline } from '../core/markdown';
import { safe_link } from '../terminal/links';
import { CopyIcon } from './icons';

/** A text in Markdown, as elements: nothing in it is ever taken for HTML, and links lead only where links may. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => parse_markdown(text), [text]);
  return <div class="markdown">{blocks.map((block, index) => <BlockView key={index} block={block} />)}</div>;
}

const headings = ['h3', 'h3', 'h4', 'h5', 'h6', 'h6'] as const;

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading': {
      // The page has a title of its own above.
      const Heading = headings[block.level - 1] ?? 'h6';
      return <Heading class={`markdown-h${block.level}`}><Inlines items={block.children} /></Heading>;
    }
    case 'paragraph':
      return <p><Inlines items={block.children} /></p>;
    case 'code':
      return <CodeBlock text={block.text} />;
    case 'quote':
      return <blockquote>{block.children.map((child, index) => <BlockView key={index} block={child} />)}</blockquote>;
    case 'list': {
      const items = block.items.map((item, index) => (
        <li key={index} class={item.checked === null ? undefined : 'markdown-task'}>
          {item.checked !== null && <span class="markdown-check" role="img" aria-label={item.checked ? '[x]' : '[ ]'}>{item.checked ? '☑' : '☐'}</span>}
          {item.children.map((child, at) => (child.kind === 'paragraph' ? <Inlines key={at} items={child.children} /> : <BlockView key={at} block={child} />))}
        </li>
      ));
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return (
        <div class="table-scroll">
          <table class="table">
            <thead><tr>{block.head.map((cell, index) => <th key={index} scope="col"><Inlines items={cell} /></th>)}</tr></thead>
            <tbody>
              {block.rows.map((row, index) => <tr key={index}>{row.map((cell, at) => <td key={at}><Inlines items={cell} /></td>)}</tr>)}
            </tbody>
          </table>
        </div>
      );
    case 'rule':
      return <hr />;
  }
}

function CodeBlock({ text }: { text: string }) {
  const app = useApp();
  return (
    <div class="markdown-code">
      <pre tabIndex={0}><code>{text}</code></pre>
      <button type="button" class="icon-button" aria-label={app.t('common.copy')} title={app.t('common.copy')} onClick={() => app.copy(text)}>
        <CopyIcon />
      </button>
    </div>
  );
}

function Inlines({ items }: { items: readonly Inline[] }) {
  return <>{items.map((item, index) => <InlineView key={index} item={item} />)}</>;
}

function InlineView({ item }: { item: Inline }) {
  switch (item.kind) {
    case 'text':
      return <>{item.text}</>;
    case 'code':
      return <code>{item.text}</code>;
    case 'strong':
      return <strong><Inlines items={item.children} /></strong>;
    case 'em':
      return <em><Inlines items={item.children} /></em>;
    case 'del':
      return <del><Inlines items={item.children} /></del>;
    case 'link': {
      const href = safe_link(item.href);
      if (href === null) return <Inlines items={item.children} />;
      return <a href={href} title={href} target="_blank" rel="noopener noreferrer"><Inlines items={item.children} /></a>;
    }
  }
}
