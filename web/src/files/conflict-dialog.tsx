import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import { Modal } from '../ui/modal';
import type { ConflictAnswer, FilesStore } from './store';

/** Something of that name is there already. */
export function ConflictDialog({ store }: { store: FilesStore }) {
  const { t } = useApp();
  const all = useSignal(false);
  const conflict = store.conflict.value;
  if (!conflict) return null;
  const { name, path, others, copy, answer } = conflict;
  const choose = (choice: ConflictAnswer['choice']): void => answer({ choice, all: all.value });
  return (
    <Modal title={t('conflict.title', { name })} on_close={() => answer(null)}>
      <p>{t(copy === 'folder' ? 'conflict.folder' : 'conflict.body', { path })}</p>
      {copy && <p class="field-hint">{t('conflict.differing_hint')}</p>}
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
        {copy && <button type="button" class="button button-danger" onClick={() => choose('resume')}>{t('conflict.differing')}</button>}
        <button type="button" class="button button-danger" onClick={() => choose('overwrite')}>{t('conflict.overwrite')}</button>
      </div>
    </Modal>
  );
}
