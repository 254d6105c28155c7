import { deserves_notice, first_line, type BlockInfo } from '../core/blocks';
import type { TerminalHost } from '../terminal/host';
import { block_label } from '../workspace/block-actions';
import type { App } from './context';

const supported = (): boolean => 'Notification' in window;

/** Tells of the end of a long command whose terminal nobody looks at: on the desktop when the page is hidden, else on it. */
export function notice_end(app: App, host: TerminalHost, block: BlockInfo): void {
  const page_seen = document.visibilityState === 'visible';
  const watched = page_seen && app.tabs.active.value === host.id;
  if (!deserves_notice(block, watched, app.prefs.value.notify_after)) return;
  const title = first_line(block.command) === '' ? app.t('notice.plain') : first_line(block.command);
  const go = (): void => {
    window.focus();
    app.tabs.activate(host.id);
  };
  if (!page_seen && supported() && Notification.permission === 'granted') {
    const notice = new Notification(title, { body: block_label(app, block), tag: `${host.id}:${block.seq}` });
    notice.onclick = () => {
      notice.close();
      go();
    };
    return;
  }
  const text = `${title}: ${block_label(app, block)}`;
  if (!page_seen && supported() && Notification.permission === 'default') {
    app.toasts.show(text, { action: { label: app.t('notice.allow'), run: () => app.run(Notification.requestPermission()) } });
  } else {
    app.toasts.show(text, { action: { label: app.t('common.open'), run: go } });
  }
}
