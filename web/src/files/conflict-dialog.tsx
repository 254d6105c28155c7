import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { ConflictChoice } from '../core/transfers';
import { Modal } from '../ui/modal';
import type { FilesStore } from './store';

/** A file of that name is there already. */
export function ConflictDialog({ store }: { store: FilesStore }) {
  const { t } = useApp();
  const all = useSignal(false);
  const conflict = store.conflict.value;
  if (!conflict) return null;
  const { transfer, others, answer } = conflict;
  const choose = (choice: ConflictChoice): void => answer({ choice, all: all.value });
  return (
    <Modal key={transfer.id} title={t('conflict.title', { name: transfer.name })} on_close={() => answer(null)}>
      <p>{t('conflict.body', { path: transfer.path })}</p>
      {others > 0 && (
        <label class="check conflict-all">
          <input type="checkbox" checked={all.value} onChange={(event) => { all.value = event.currentTarget.checked; }} />
          <span>{t('conflict.all', { count: others })}</span>
        </label>
      )}
      <div class="dialog-buttons conflict-buttons">
        <button type="button" class="button" onClick={() => answer(null)}>{t('common.cancel')}</button>
        <button type="button" class="button" autofocus onClick={() => choose('skip')}>{t('conflict.skip')}</button>
        <button type="button" class="button" onClick={() => choose('rename')}>{t('conflict.rename')}</button>
        <button type="button" class="button button-danger" onClick={() => choose('overwrite')}>{t('conflict.overwrite')}</button>
      </div>
    </Modal>
  );
}
