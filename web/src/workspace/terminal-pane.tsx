import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { BlockGutter } from '../terminal/block-gutter';
import type { TerminalHost } from '../terminal/host';
import { EndIcon } from '../ui/icons';
import { title_of } from './actions';
import { block_label, open_block_menu } from './block-actions';
import { CaptureSign } from './capture-sign';
import { StickyCommand } from './sticky-command';

interface PaneProps {
  host: TerminalHost;
  /** Its tab is the selected one. */
  front: boolean;
  /** ... and nothing covers it. */
  shown: boolean;
}

/** Holds the emulator of one terminal and gives it the focus when it comes to the front. */
export function TerminalPane({ host, front, shown }: PaneProps) {
  const app = useApp();
  const ref = useRef<HTMLDivElement>(null);
  const info = app.sessions.sessions.value.get(host.id);

  useLayoutEffect(() => {
    const holder = ref.current;
    if (!holder) return;
    holder.prepend(host.screen.element);
    const on_paste = (event: ClipboardEvent): void => {
      event.preventDefault();
      event.stopPropagation();
      app.run(host.paste(event.clipboardData?.getData('text/plain') ?? ''));
    };
    // Before the emulator's own handler, which would paste without asking.
    holder.addEventListener('paste', on_paste, { capture: true });
    return () => holder.removeEventListener('paste', on_paste, { capture: true });
  }, [host]);

  useLayoutEffect(() => {
    const gutter = new BlockGutter(host.screen.terminal, host.blocks, {
      open: (block, button) => open_block_menu(app, host, block, button),
      label: (block) => block_label(app, block.info),
    });
    host.screen.element.append(gutter.element);
    gutter.start();
    return () => gutter.dispose();
  }, [host, app.language.value]);

  useLayoutEffect(() => {
    host.screen.label_ui((element) => app.t(element.kind === 'panel' ? 'ui.panel' : 'ui.overlay', { id: element.id, name: element.by }));
  }, [host, app.language.value]);

  // Before the next key: what is typed right after a switch belongs to the terminal that is seen.
  useLayoutEffect(() => {
    const update = (): void => host.set_shown(shown && document.visibilityState === 'visible');
    update();
    // Unless somebody is typing elsewhere, such as a new name into the tab that was just clicked.
    if (shown && !(document.activeElement instanceof HTMLInputElement)) host.screen.focus();
    document.addEventListener('visibilitychange', update);
    return () => document.removeEventListener('visibilitychange', update);
  }, [host, shown]);

  return (
    <div
      ref={ref}
      id={`panel-${host.id}`}
      class="terminal-pane"
      role="tabpanel"
      aria-label={info ? app.t('terminal.label', { title: title_of(app, info) }) : undefined}
      hidden={!front}
    >
      <BellFlash host={host} />
      <CaptureSign host={host} />
      <StickyCommand host={host} />
      {!host.at_end.value && (
        <button class="to-end" aria-label={app.t('terminal.scroll_to_end')} title={app.t('terminal.scroll_to_end')} onClick={() => scroll_to_end(host)}>
          <EndIcon />
        </button>
      )}
    </div>
  );
}

function scroll_to_end(host: TerminalHost): void {
  host.screen.terminal.scrollToBottom();
  host.screen.focus();
}

/** A frame that lights up once for every bell. */
function BellFlash({ host }: { host: TerminalHost }) {
  const app = useApp();
  const count = host.bells.value;
  return count > 0 && app.prefs.value.visual_bell ? <div key={count} class="bell-flash" aria-hidden="true" /> : null;
}
