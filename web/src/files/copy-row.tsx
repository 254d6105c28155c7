import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import type { App } from '../app/context';
import { is_over, may_go_on } from '../core/copies';
import { duration } from '../core/format';
import { base_name, format_size } from '../core/file-list';
import type { Copy, PathNote } from '../core/transfers-api';
import { CloseIcon, DownIcon, ReloadIcon, UpIcon } from '../ui/icons';
import { go_on } from './copy';
import { place_words } from './places';
import type { FilesStore } from './store';

export function seconds_left(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : duration(seconds * 1000);
}

/** How far it is, or how it ended. */
function words_of({ t }: App, copy: Copy): string {
  const { state, bytes, bytes_total, files, files_total, counting, checking, rate, eta_s } = copy;
  const words: string[] = [];
  if (state === 'running') {
    words.push(counting ? t('transfer.so_far', { size: format_size(bytes) }) : `${format_size(bytes)} / ${format_size(bytes_total)}`);
    if (copy.folder && !counting) words.push(t('transfer.files', { done: files + copy.skipped + copy.failed, count: files_total }));
    if (rate > 0) words.push(t('transfer.rate', { rate: format_size(rate) }));
    if (typeof eta_s === 'number' && rate > 0) words.push(t('transfer.eta', { time: seconds_left(eta_s) }));
    if (checking) words.push(t('transfer.checking'));
  } else {
    words.push(t(`transfer.${copy.error?.code === 'lost' ? 'failed' : (state as 'done')}`));
    if (state === 'done' || state === 'incomplete') words.push(copy.folder ? t(files === 1 ? 'transfer.file_copied' : 'transfer.files_copied', { count: files, size: format_size(bytes) }) : format_size(bytes));
    if (state === 'done' && copy.checksum) words.push(t('transfer.checked'));
  }
  if (copy.failed > 0) words.push(t('transfer.failed_count', { count: copy.failed }));
  if (copy.skipped > 0) words.push(t('transfer.skipped_count', { count: copy.skipped }));
  if (copy.left_out > 0) words.push(t('transfer.left_out', { count: copy.left_out }));
  if (copy.error) words.push(copy.error.code === 'lost' ? t('transfer.lost') : copy.error.message);
  return words.join(' · ');
}

/** A copy of the server: from where to where, how far, and what to do about it. */
export function CopyRow({ store, copy }: { store: FilesStore; copy: Copy }) {
  const app = useApp();
  const { t } = app;
  const open = useSignal(false);
  const name = base_name(copy.from.path);
  const tone = copy.state === 'incomplete' ? 'failed' : copy.state;
  const noted = copy.failed + copy.left_out > 0 && is_over(copy);
  const busy = useSignal(false);
  const again = async (): Promise<void> => {
    busy.value = true;
    try {
      await go_on(app, store, copy);
    } finally {
      busy.value = false;
    }
  };
  return (
    <li class={`transfer transfer-${tone}`}>
      <div class="transfer-text">
        <span class="transfer-name" title={copy.from.path}>{name}</span>
        <span class="transfer-state">{words_of(app, copy)}</span>
        {copy.state === 'running' && (
          <progress aria-label={t('transfer.copy_progress', { name })} {...(copy.counting || copy.bytes_total === 0 ? {} : { max: copy.bytes_total, value: copy.bytes })} />
        )}
        <span class="transfer-way">{t('transfer.way', { from: place_words(app, copy.from), to: place_words(app, copy.to), who: copy.by })}</span>
        {noted && open.value && <Notes copy={copy} />}
      </div>
      {noted && (
        <button class="icon-button" aria-expanded={open.value} aria-label={t('transfer.notes', { name })} title={t('transfer.notes_short')} onClick={() => { open.value = !open.value; }}>
          {open.value ? <UpIcon /> : <DownIcon />}
        </button>
      )}
      {may_go_on(copy) && (
        <button class="icon-button" aria-label={t('transfer.go_on', { name })} title={t('transfer.go_on_short')} disabled={busy.value} onClick={() => app.run(again())}><ReloadIcon /></button>
      )}
      {!is_over(copy) && (
        <button class="icon-button" aria-label={t('transfer.cancel', { name })} title={t('common.cancel')} onClick={() => app.run(app.copies.cancel(copy))}><CloseIcon /></button>
      )}
    </li>
  );
}

/** The paths that are not there, with the reasons; the list of copies comes without them. */
function Notes({ copy }: { copy: Copy }) {
  const app = useApp();
  const { t } = app;
  const full = useSignal<Copy | null>(copy.failures.length + copy.left_out_paths.length > 0 ? copy : null);
  useEffect(() => {
    if (!full.value) app.run(app.transfers.get(copy.transfer_id).then((got) => { full.value = got; }));
  }, []);
  if (!full.value) return <p class="transfer-notes">{t('app.loading')}</p>;
  const rows = (notes: readonly PathNote[], all: number) => (
    <>
      {notes.map((note) => <li key={note.path}><code>{note.path}</code> {note.reason}</li>)}
      {all > notes.length && <li>{t('files.and_more', { count: all - notes.length })}</li>}
    </>
  );
  return (
    <div class="transfer-notes">
      {copy.failed > 0 && <><h4>{t('transfer.failed_count', { count: copy.failed })}</h4><ul>{rows(full.value.failures, copy.failed)}</ul></>}
      {copy.left_out > 0 && <><h4>{t('transfer.left_out', { count: copy.left_out })}</h4><ul>{rows(full.value.left_out_paths, copy.left_out)}</ul></>}
    </div>
  );
}
