import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app/context';
import { join_path } from '../core/file-list';
import type { FileEntry, Place } from '../core/files-api';
import { ApiError } from '../core/rpc-client';
import { NewFolderIcon } from '../ui/icons';
import { SelectField, Toggle } from '../ui/field';
import { Modal } from '../ui/modal';
import { make_folder } from './actions';
import { CopyStarter, type CopyChoice } from './copy';
import { Folder } from './folder';
import { FolderList } from './folder-list';
import type { FilesStore } from './store';
import { PlaceSelect } from './way';

const conflicts: readonly CopyChoice['conflict'][] = ['ask', 'overwrite', 'rename', 'skip', 'resume'];

/** Where the chosen files and folders are to be copied: a place and a folder there. The server copies. */
export function CopyDialog({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const [wanted] = useState(store.copying.value);
  const [there] = useState(() => new Folder(app));
  const left = useSignal<readonly FileEntry[]>(wanted?.entries ?? []);
  const conflict = useSignal<CopyChoice['conflict']>('ask');
  const checksum = useSignal(false);
  const busy = useSignal(false);
  const problems = useSignal<readonly string[]>([]);
  useEffect(() => {
    // Files of a host are mostly fetched, those of this machine go where one was last.
    const start = store.copied_to ?? { place: null, path: wanted?.place === null ? wanted.folder : '~' };
    app.run(there.open(start.place, start.path));
  }, []);
  if (!wanted) return null;

  const close = (): void => {
    store.copying.value = null;
  };
  const choose = (place: Place): void => app.run(there.open(place, there.start_of(place)));
  const add_folder = async (): Promise<void> => {
    const name = await make_folder(app, there);
    if (name !== null) await there.open(there.place.value, join_path(there.listing.value?.path ?? '/', name));
  };
  const copy = async (): Promise<void> => {
    const path = there.listing.value?.path;
    if (path === undefined || busy.value) return;
    busy.value = true;
    const place = there.place.value;
    const starter = new CopyStarter(app, store, place, path, { conflict: conflict.value, checksum: checksum.value });
    const failed: FileEntry[] = [];
    const told: string[] = [];
    for (const [index, entry] of left.value.entries()) {
      const source = { place: wanted.place, path: join_path(wanted.folder, entry.name), folder: entry.kind === 'folder' };
      try {
        await starter.start(source, left.value.length - index - 1);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return;
        failed.push(entry);
        told.push(error instanceof Error ? error.message : String(error));
      }
    }
    busy.value = false;
    store.copied_to = { place, path };
    left.value = failed;
    problems.value = told;
    if (failed.length > 0) return;
    store.selected.value = new Set();
    close();
  };

  const [first] = left.value;
  const title = left.value.length === 1 ? t('copy.title', { name: first?.name ?? '' }) : t('copy.title_many', { count: left.value.length });
  const path = there.listing.value?.path;
  return (
    <Modal title={title} size="wide" on_close={close}>
      <form
        class="form copy-form"
        onSubmit={(event) => {
          event.preventDefault();
          app.run(copy());
        }}
      >
        <div class="copy-place">
          <PlaceSelect place={there.place.value} label={t('copy.place')} on_change={choose} />
          <button type="button" class="button" disabled={path === undefined} onClick={() => app.run(add_folder())}><NewFolderIcon /> {t('files.mkdir')}</button>
        </div>
        <FolderList folder={there} hidden={store.hidden.value} label={t('copy.folder')} />
        <div class="copy-options">
          <SelectField label={t('copy.conflict')} value={conflict.value} options={conflicts.map((value) => ({ value, label: t(`copy.conflict_${value}`) }))} on_change={(next) => { conflict.value = next; }} />
          <Toggle label={t('copy.checksum')} hint={t('copy.checksum_hint')} checked={checksum.value} on_change={(on) => { checksum.value = on; }} />
        </div>
        {problems.value.length > 0 && (
          <div class="field-problem" role="alert">
            {problems.value.map((problem) => <p key={problem}>{problem}</p>)}
          </div>
        )}
        <div class="dialog-buttons copy-buttons">
          <p class="copy-target">{path !== undefined && t('copy.into', { path })}</p>
          <button type="button" class="button" onClick={close}>{t('common.cancel')}</button>
          <button type="submit" class="button button-primary" disabled={busy.value || path === undefined || there.loading.value}>{t(busy.value ? 'copy.busy' : 'copy.start')}</button>
        </div>
      </form>
    </Modal>
  );
}
