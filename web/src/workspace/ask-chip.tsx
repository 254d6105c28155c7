import { useApp } from '../app/context';
import type { TerminalHost } from '../terminal/host';
import { CloseIcon, SparkIcon } from '../ui/icons';

/** What the AI is doing in this terminal, while it is doing it, and a suggestion that waits for the person. */
export function AskChip({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const ask = host.ask.value;
  if (!ask) return null;
  if (host.asking.value) {
    return (
      <div class="chip chip-agent" role="status">
        <span class="pulse"><SparkIcon /></span>
        <span>{t(ask.state === 'thinking' ? 'ask.thinking' : 'ask.streaming')}</span>
        <button class="chip-link" onClick={() => host.cancel_ask()}>
          {t('ask.cancel')}
        </button>
      </div>
    );
  }
  if (ask.prefill !== null && ask.prefill !== '') {
    return (
      <div class="chip chip-agent" role="status">
        <SparkIcon />
        <span class="visually-hidden">{t('ask.suggestion')}</span>
        <code class="chip-command">{ask.prefill}</code>
        {ask.warning && <span role="img" title={ask.warning} aria-label={ask.warning}>⚠</span>}
        <button class="button button-small button-agent" onClick={() => host.put_prefill()}>
          {t('ask.put')}
        </button>
        <Dismiss host={host} />
      </div>
    );
  }
  if (ask.state === 'error') {
    return (
      <div class="chip chip-error" role="alert">
        <span>{ask.message ? t('ask.error', { message: ask.message }) : t('ask.error_plain')}</span>
        <Dismiss host={host} />
      </div>
    );
  }
  return null;
}

function Dismiss({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  return (
    <button class="icon-button" aria-label={t('common.dismiss')} onClick={() => host.dismiss_ask()}>
      <CloseIcon />
    </button>
  );
}
