import { useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { crumbs, parent_of } from '../core/file-list';
import type { Place } from '../core/files-api';
import { Drawer } from '../ui/drawer';
import { CopyToIcon, DownloadIcon, EyeIcon, FollowIcon, NewFolderIcon, ReloadIcon, TerminalIcon, TrashIcon, UpIcon, UploadIcon } from '../ui/icons';
import '../style/files.css';
import { copy_to, download_entries, make_file, make_folder, remove } from './actions';
import { ConflictDialog } from './conflict-dialog';
import { CopyDialog } from './copy-dialog';
import { read_chosen, read_dropped } from './dropped';
import { EditorDialog } from './editor-dialog';
import { FileTable } from './file-table';
import { files_store, type FilesStore } from './store';
import { open_here } from './terminal-here';
import { TransferList } from './transfer-list';
import { PlaceSelect, Way } from './way';

/** The files of this machine and of the hosts of connections. */
export function FilesPanel() {
  const app = useApp();
  const { t } = app;
  const store = files_store(app);
  const over = useSignal(false);

  useEffect(() => {
    app.run(first_place(store));
  }, []);
  useSignalEffect(() => {
    const wanted = app.wanted_place.value;
    if (wanted === undefined) return;
    app.wanted_place.value = undefined;
    app.run(app.connections.reload().then(() => store.open(wanted, store.start_of(wanted))));
  });
  useSignalEffect(() => {
    if (!store.follow.value) return;
    const host = app.hosts.get(app.tabs.active.value ?? '');
    const info = host && app.sessions.sessions.value.get(host.id);
    const cwd = host?.command.value?.cwd ?? info?.cwd;
    if (info && cwd) app.run(store.open(info.connection_id, cwd));
  });

  const file_drag = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const editing = store.editing.value;
  return (
    <Drawer title={t('files.title')} size="wide">
      <div
        class={over.value ? 'files files-over' : 'files'}
        onDragOver={(event) => {
          if (!file_drag(event)) return;
          event.preventDefault();
          over.value = store.listing.value !== null;
        }}
        onDragLeave={(event) => {
          if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) over.value = false;
        }}
        onDrop={(event) => {
          over.value = false;
          if (!file_drag(event) || !event.dataTransfer) return;
          event.preventDefault();
          app.run(read_dropped(event.dataTransfer).then((dropped) => store.upload(dropped)));
        }}
      >
        <Places store={store} />
        <Way folder={store} on_go={(path) => store.go(path)} />
        <Tools store={store} />
        <div class="files-body" aria-busy={store.loading.value}>
          {store.problem.value !== null && (
            <div class="notice notice-error" role="alert">
              <span>{store.problem.value}</span>
              <button class="button button-small" onClick={() => store.reload()}>{t('settings.retry')}</button>
            </div>
          )}
          {store.listing.value && <FileTable store={store} />}
          {!store.listing.value && store.loading.value && <p class="empty-note" role="status">{t('app.loading')}</p>}
        </div>
        {over.value && <div class="files-drop" aria-hidden="true">{t('files.drop_here')}</div>}
        <TransferList store={store} />
      </div>
      {editing && <EditorDialog key={`${editing.place ?? ''}:${editing.path}`} place={editing.place} path={editing.path} on_close={() => { store.editing.value = null; }} on_saved={() => store.reload()} />}
      {store.copying.value && <CopyDialog store={store} />}
      {store.conflict.value && <ConflictDialog key={store.conflict.value.id} store={store} />}
    </Drawer>
  );
}

/** Where it was left, else the machine of the server. */
async function first_place(store: FilesStore): Promise<void> {
  if (store.listing.value) store.reload();
  else if (!store.loading.value) await store.open(store.place.value, '~');
}

function Places({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const choose = (place: Place): void => {
    store.follow.value = false;
    app.run(store.open(place, store.start_of(place)));
  };
  return (
    <div class="files-place">
      <PlaceSelect place={store.place.value} label={t('files.place')} on_change={choose} />
      <button class={store.follow.value ? 'button button-small files-follow-on' : 'button button-small'} aria-pressed={store.follow.value} onClick={() => { store.follow.value = !store.follow.value; }}>
        <FollowIcon /> {t('files.follow')}
      </button>
    </div>
  );
}

function Tools({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const path = store.listing.value?.path;
  const ticked = store.entries().filter((entry) => store.selected.value.has(entry.name));
  const take = (field: HTMLInputElement): void => {
    if (field.files) app.run(store.upload(read_chosen(field.files)));
    field.value = '';
  };
  const upload_menu = (button: HTMLElement): void => {
    const box = button.getBoundingClientRect();
    app.menus.show({ x: box.left, y: box.bottom }, t('files.upload'), [
      { label: t('files.upload_files'), run: () => files.current?.click() },
      { label: t('files.upload_folder'), run: () => folder.current?.click() },
    ], button);
  };
  const new_menu = (button: HTMLElement): void => {
    const box = button.getBoundingClientRect();
    app.menus.show({ x: box.left, y: box.bottom }, t('files.new'), [
      { label: t('files.mkdir'), run: () => app.run(make_folder(app, store).then((name) => name !== null && store.reload_at(name))) },
      { label: t('files.new_file'), run: () => app.run(make_file(app, store)) },
    ], button);
  };
  const icon = (label: string, run: () => void, child: ComponentChildren, more: { disabled?: boolean; pressed?: boolean } = {}) => (
    <button class={more.pressed ? 'icon-button icon-button-on' : 'icon-button'} aria-label={label} title={label} aria-pressed={more.pressed} disabled={more.disabled} onClick={run}>{child}</button>
  );
  return (
    <div class="files-tools" role="toolbar" aria-label={t('files.tools')}>
      {icon(t('files.up'), () => path !== undefined && store.go(parent_of(path), path.slice(path.lastIndexOf('/') + 1)), <UpIcon />, { disabled: path === undefined || crumbs(path, store.roots.value).length < 2 })}
      {icon(t('files.reload'), () => store.reload(), <ReloadIcon />)}
      {icon(t('files.hidden'), () => store.toggle_hidden(), <EyeIcon />, { pressed: store.hidden.value })}
      {icon(t('files.terminal_here'), () => app.run(open_here(app, store)), <TerminalIcon />, { disabled: path === undefined })}
      <span class="spacer" />
      {ticked.length > 0 && (
        <button class="button button-small" onClick={() => app.run(download_entries(app, store, ticked))}><DownloadIcon /> {t('files.download_ticked', { count: ticked.length })}</button>
      )}
      {ticked.length > 0 && (
        <button class="button button-small" aria-haspopup="dialog" onClick={() => copy_to(store, ticked)}><CopyToIcon /> {t('files.copy_ticked', { count: ticked.length })}</button>
      )}
      {ticked.length > 0 && (
        <button class="button button-small button-danger-quiet" onClick={() => app.run(remove(app, store, ticked))}><TrashIcon /> {t('files.delete_ticked', { count: ticked.length })}</button>
      )}
      <button class="button button-small" aria-haspopup="menu" disabled={path === undefined} onClick={(event) => new_menu(event.currentTarget)}><NewFolderIcon /> {t('files.new')}</button>
      <button class="button button-small" aria-haspopup="menu" disabled={path === undefined} onClick={(event) => upload_menu(event.currentTarget)}><UploadIcon /> {t('files.upload')}</button>
      <input ref={files} type="file" multiple hidden aria-label={t('files.upload_files')} onChange={(event) => take(event.currentTarget)} />
      <input ref={folder} type="file" multiple hidden aria-label={t('files.upload_folder')} {...{ webkitdirectory: true }} onChange={(event) => take(event.currentTarget)} />
    </div>
  );
}
