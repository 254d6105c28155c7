import { useApp } from '../app/context';
import { first_line, glyph_of, shown_duration_ms, tone_of } from '../core/blocks';
import { duration } from '../core/format';
import type { TerminalHost } from '../terminal/host';
import { block_label } from './block-actions';

/** The command whose output is being read, in the first row while its own line is out of sight. */
export function StickyCommand({ host }: { host: TerminalHost }) {
  const app = useApp();
  const block = host.blocks.sticky.value;
  if (!block || first_line(block.info.command) === '') return null;
  const { info } = block;
  const go = (): void => {
    host.blocks.scroll_to(block);
    host.screen.focus();
  };
  return (
    <button class="sticky-command" title={block_label(app, info)} aria-label={app.t('block.sticky', { command: first_line(info.command) })} onClick={go}>
      <span class={`sticky-result block-${tone_of(info)}`} aria-hidden="true">{glyph_of(info)}</span>
      <span class="sticky-text">{first_line(info.command)}</span>
      {info.duration_ms !== null && info.duration_ms >= shown_duration_ms && <span class="sticky-time">{duration(info.duration_ms)}</span>}
    </button>
  );
}
