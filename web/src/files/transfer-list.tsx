import { useApp } from '../app/context';
import { duration } from '../core/format';
import { format_size } from '../core/file-list';
import type { Transfer } from '../core/transfers';
import { CloseIcon, ReloadIcon } from '../ui/icons';
import type { FilesStore } from './store';

/** What is on its way, what arrived, and what did not. */
export function TransferList({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const list = store.queue.list.value;
  if (list.length === 0) return null;
  const open = list.filter((transfer) => transfer.state.value === 'waiting' || transfer.state.value === 'running').length;
  const failed = list.filter((transfer) => transfer.state.value === 'failed').length;
  // Those that need somebody stand first.
  const rank = (transfer: Transfer): number => ({ failed: 0, running: 1, waiting: 2, done: 3, skipped: 3, cancelled: 3 })[transfer.state.value];
  const shown = [...list].sort((a, b) => rank(a) - rank(b)).slice(0, 100);
  return (
    <section class="transfers" aria-label={t('transfer.title')}>
      <header>
        <h3>{t('transfer.title')}</h3>
        <span role="status" class="transfers-count">
          {[open > 0 ? t('transfer.open', { count: open }) : t('transfer.all_done'), failed > 0 ? t('transfer.failed_count', { count: failed }) : ''].filter((part) => part !== '').join(' · ')}
        </span>
        <span class="spacer" />
        {open > 0 && <button class="button button-small" onClick={() => store.queue.cancel_all()}>{t('transfer.cancel_all')}</button>}
        {open < list.length && <button class="button button-small" onClick={() => store.queue.clear()}>{t('transfer.clear')}</button>}
      </header>
      <ul>
        {shown.map((transfer) => <Row key={transfer.id} store={store} transfer={transfer} />)}
      </ul>
    </section>
  );
}

function Row({ store, transfer }: { store: FilesStore; transfer: Transfer }) {
  const { t } = useApp();
  const state = transfer.state.value;
  const sent = transfer.sent.value;
  const { size } = transfer.source;
  const rate = transfer.rate.value;
  const eta = transfer.eta();
  const running = state === 'running';
  const words = running
    ? [`${format_size(sent)} / ${format_size(size)}`, rate === null ? '' : t('transfer.rate', { rate: format_size(rate) }), eta === null ? '' : t('transfer.eta', { time: eta < 60 ? `${eta}s` : duration(eta * 1000) })]
    : [t(`transfer.${state}`), state === 'done' ? format_size(size) : '', transfer.problem.value ?? ''];
  const again = state === 'failed' || state === 'cancelled';
  return (
    <li class={`transfer transfer-${state}`}>
      <div class="transfer-text">
        <span class="transfer-name" title={transfer.path}>{transfer.name}</span>
        <span class="transfer-state">{words.filter((part) => part !== '').join(' · ')}</span>
        {running && <progress aria-label={t('transfer.progress', { name: transfer.name })} max={Math.max(1, size)} value={sent} />}
      </div>
      {again && <button class="icon-button" aria-label={t('transfer.retry', { name: transfer.name })} title={t('settings.retry')} onClick={() => store.queue.retry(transfer)}><ReloadIcon /></button>}
      {(running || state === 'waiting') && <button class="icon-button" aria-label={t('transfer.cancel', { name: transfer.name })} title={t('common.cancel')} onClick={() => store.queue.cancel(transfer)}><CloseIcon /></button>}
    </li>
  );
}
