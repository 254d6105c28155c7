import { useApp } from '../app/context';
import type { TerminalHost } from '../terminal/host';

/** Says who gets what is typed while it is not the program, with a way to end that. */
export function CaptureSign({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const capture = host.ui.value.capture;
  if (capture === null) return null;
  const take_back = (): void => {
    host.release_input();
    host.screen.focus();
  };
  return (
    <>
      <div class="capture-frame" aria-hidden="true" />
      <div class="capture-sign" role="status">
        <span class="capture-text">{t('capture.held', { name: capture.by })}</span>
        {!host.read_only.value && (
          <button class="status-button" title={t('capture.keys')} onClick={take_back}>
            {t('capture.take_back')}
          </button>
        )}
      </div>
    </>
  );
}
