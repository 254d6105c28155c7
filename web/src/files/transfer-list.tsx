import type { ComponentChildren } from 'preact';
import { useApp } from '../app/context';
import type { App } from '../app/context';
import { is_over } from '../core/copies';
import { format_size } from '../core/file-list';
import type { Transfer } from '../core/transfers';
import { CloseIcon, ReloadIcon } from '../ui/icons';
import { CopyRow, seconds_left } from './copy-row';
import type { FilesStore } from './store';

const most_shown = 100;

/** Those that need somebody stand first. */
const ranks: Record<string, number> = { failed: 0, incomplete: 0, running: 1, waiting: 2 };
const last_rank = 3;

interface Line {
  state: string;
  row: ComponentChildren;
}

function lines_of(app: App, store: FilesStore): Line[] {
  return [
    ...store.queue.list.value.map((transfer) => ({ state: transfer.state.value, row: <Row key={transfer.id} store={store} transfer={transfer} /> })),
    ...app.copies.list.value.map((copy) => ({ state: copy.state, row: <CopyRow key={copy.transfer_id} store={store} copy={copy} /> })),
  ];
}

/** Copies that others have begun are not ended by the way. */
async function cancel_all(app: App, store: FilesStore): Promise<void> {
  const copies = app.copies.list.value.filter((copy) => !is_over(copy));
  const sure = copies.length === 0 || (await app.dialogs.ask({
    title: app.t('transfer.cancel_all_title', { count: copies.length + store.queue.open().length }),
    body: app.t('transfer.cancel_all_body'),
    confirm: app.t('transfer.cancel_all'),
    tone: 'danger',
  }));
  if (!sure) return;
  store.queue.cancel_all();
  await Promise.all(copies.map((copy) => app.copies.cancel(copy)));
}

/** What is on its way, by this page or by the server, what arrived, and what did not. */
export function TransferList({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const lines = lines_of(app, store);
  if (lines.length === 0) return null;
  const count = (...states: string[]): number => lines.filter(({ state }) => states.includes(state)).length;
  const open = count('waiting', 'running');
  const failed = count('failed', 'incomplete');
  const rank = ({ state }: Line): number => ranks[state] ?? last_rank;
  const shown = lines.sort((a, b) => rank(a) - rank(b)).slice(0, most_shown);
  const clear = (): void => {
    store.queue.clear();
    app.copies.clear();
  };
  return (
    <section class="transfers" aria-label={t('transfer.title')}>
      <header>
        <h3>{t('transfer.title')}</h3>
        <span role="status" class="transfers-count">
          {[open > 0 ? t('transfer.open', { count: open }) : t('transfer.all_done'), failed > 0 ? t('transfer.failed_count', { count: failed }) : ''].filter((part) => part !== '').join(' · ')}
        </span>
        <span class="spacer" />
        {open > 0 && <button class="button button-small" onClick={() => app.run(cancel_all(app, store))}>{t('transfer.cancel_all')}</button>}
        {open < lines.length && <button class="button button-small" onClick={clear}>{t('transfer.clear')}</button>}
      </header>
      <ul>{shown.map(({ row }) => row)}</ul>
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
    ? [`${format_size(sent)} / ${format_size(size)}`, rate === null ? '' : t('transfer.rate', { rate: format_size(rate) }), eta === null ? '' : t('transfer.eta', { time: seconds_left(eta) })]
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
