import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { format_mode, format_size, kind_of, next_sorting, parent_of, type SortKey } from '../core/file-list';
import type { FileEntry } from '../core/files-api';
import { list_letter, list_step } from '../core/list-keys';
import { FileIcon, FolderIcon, LinkIcon, MoreIcon } from '../ui/icons';
import { chosen, copy_to, download_entries, download_link, entry_key, open_entry, path_of, remove, rename } from './actions';
import type { FilesStore } from './store';

const columns: readonly SortKey[] = ['name', 'size', 'time', 'mode'];

/** What is in a folder. Arrows go from name to name, a letter to the next one with it. */
export function FileTable({ store }: { store: FilesStore }) {
  const app = useApp();
  const { t } = app;
  const body = useRef<HTMLTableSectionElement>(null);
  const entries = store.entries();
  const { key, down } = store.sorting.value;
  const path = store.listing.value?.path ?? '/';

  const buttons = (): HTMLElement[] => [...(body.current?.querySelectorAll<HTMLElement>('.file-name') ?? [])];
  useLayoutEffect(() => {
    const name = store.wanted_focus;
    store.wanted_focus = null;
    if (name === null) return;
    buttons().find((button) => button.dataset.name === name)?.focus();
  }, [store.listing.value]);

  const on_key = (event: KeyboardEvent): void => {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const entry = entries[at];
    if (!entry || event.altKey || event.ctrlKey || event.metaKey) return;
    const plain = event.key.length === 1 && event.key !== ' ';
    const to = list_step(event.key, at, all.length) ?? (plain ? list_letter(event.key, at, entries.map((other) => other.name)) : null);
    if (to !== null) all[to]?.focus();
    else if (event.key === 'Backspace') store.go(parent_of(path), path.slice(path.lastIndexOf('/') + 1));
    else if (!plain && !entry_key(app, store, entry, event.key)) return;
    event.preventDefault();
  };

  return (
    <>
      <table class="file-table">
        <thead>
          <tr>
            <th scope="col" class="file-tick"><span class="visually-hidden">{t('files.ticked')}</span></th>
            {columns.map((column) => (
              <th key={column} scope="col" class={`file-${column}-column`} aria-sort={key === column ? (down ? 'descending' : 'ascending') : undefined}>
                <button class="link-button" onClick={() => { store.sorting.value = next_sorting(store.sorting.value, column); }}>
                  {t(`files.${column}`)}{key === column && <span aria-hidden="true">{down ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
            <th scope="col"><span class="visually-hidden">{t('tokens.actions')}</span></th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={on_key}>
          {entries.map((entry) => <Row key={entry.name_b64 ?? entry.name} store={store} entry={entry} />)}
        </tbody>
      </table>
      {entries.length === 0 && <p class="empty-note" role="status">{t(store.listing.value?.entries.length === 0 ? 'files.empty' : 'files.only_hidden')}</p>}
      {store.listing.value?.truncated && (
        <p class="files-more" role="status">
          {t('files.truncated', { count: store.listing.value.entries.length })} <button class="button button-small" onClick={() => store.show_all()}>{t('files.show_all')}</button>
        </p>
      )}
    </>
  );
}

const icons = { folder: FolderIcon, file: FileIcon, link: LinkIcon, other: FileIcon };

function when(mtime: number, language: string): string {
  const date = new Date(mtime * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleString(language === 'zh' ? 'zh-CN' : 'en', { dateStyle: 'medium', timeStyle: 'short' });
}

function Row({ store, entry }: { store: FilesStore; entry: FileEntry }) {
  const app = useApp();
  const { t } = app;
  const kind = kind_of(entry);
  const Icon = icons[kind];
  // A name that is no UTF-8 cannot be sent to the server.
  const nameless = typeof entry.name_b64 === 'string';
  const path = path_of(store, entry);
  const place = store.place.value;
  const ticked = store.selected.value.has(entry.name);

  const menu = (at: { x: number; y: number }, back: HTMLElement | null): void => {
    app.menus.show(at, t('files.menu', { name: entry.name }), [
      ...(kind === 'other' ? [] : [{ label: t(kind === 'folder' ? 'common.open' : 'files.edit'), run: () => app.run(open_entry(app, store, entry)) }]),
      ...(kind === 'other' ? [] : [{ label: t('files.download'), run: () => app.run(download_entries(app, store, chosen(store, entry))) }]),
      ...(kind === 'other' ? [] : [{ label: t('files.copy_to'), run: () => copy_to(store, chosen(store, entry)) }]),
      { label: t('files.rename'), run: () => app.run(rename(app, store, entry)) },
      { label: t('files.copy_path'), run: () => app.copy(path) },
      { label: t('common.delete'), run: () => app.run(remove(app, store, chosen(store, entry))), tone: 'danger' as const },
    ], back);
  };

  return (
    <tr
      class={ticked ? 'file-row file-row-on' : 'file-row'}
      onContextMenu={(event) => {
        if (nameless) return;
        event.preventDefault();
        const button = event.currentTarget.querySelector<HTMLElement>('.file-name');
        const box = event.currentTarget.getBoundingClientRect();
        const by_keyboard = event.clientX === 0 && event.clientY === 0;
        menu(by_keyboard ? { x: box.left + 40, y: box.bottom } : { x: event.clientX, y: event.clientY }, button);
      }}
    >
      <td class="file-tick">
        <input type="checkbox" aria-label={t('files.tick', { name: entry.name })} checked={ticked} disabled={nameless} onChange={(event) => store.select(entry.name, event.currentTarget.checked)} />
      </td>
      <th scope="row">
        <button
          class={`file-name file-${kind}`}
          data-name={entry.name}
          aria-label={`${entry.name}, ${t(`files.kind_${kind}`)}`}
          title={nameless ? t('files.nameless') : entry.name}
          disabled={nameless}
          draggable={kind === 'file'}
          onDragStart={(event) => {
            const link = new URL(download_link(place, path), location.href).href;
            event.dataTransfer?.setData('DownloadURL', `application/octet-stream:${entry.name}:${link}`);
          }}
          onClick={() => app.run(open_entry(app, store, entry))}
        >
          <Icon />
          <span>{entry.name}</span>
        </button>
      </th>
      <td class="file-size-column">{kind === 'folder' ? '' : format_size(entry.size)}</td>
      <td class="file-time-column">{when(entry.mtime, app.language.value)}</td>
      <td class="file-mode-column" title={entry.mode}>{format_mode(entry.mode)}</td>
      <td class="file-menu">
        <button
          class="icon-button"
          aria-haspopup="menu"
          aria-label={t('files.menu', { name: entry.name })}
          disabled={nameless}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            menu({ x: box.right, y: box.bottom }, event.currentTarget);
          }}
        >
          <MoreIcon />
        </button>
      </td>
    </tr>
  );
}
