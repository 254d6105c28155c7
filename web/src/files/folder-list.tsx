import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { arranged, crumbs, join_path, kind_of, parent_of, base_name } from '../core/file-list';
import type { FileEntry } from '../core/files-api';
import { list_letter, list_step } from '../core/list-keys';
import { FileIcon, FolderIcon, LinkIcon } from '../ui/icons';
import type { Folder } from './folder';
import { Way } from './way';

/** As many as tell what is there; a folder that is looked for is one of them. */
const most_shown = 500;

/** A link may lead to a folder: going there tells. */
const may_enter = (entry: FileEntry): boolean => typeof entry.name_b64 !== 'string' && (entry.kind === 'folder' || entry.kind === 'link');

/** The folders of a place to walk in; its files are only shown. The keys are those of the table of files. */
export function FolderList({ folder, hidden, label }: { folder: Folder; hidden: boolean; label: string }) {
  const app = useApp();
  const { t } = app;
  const list = useRef<HTMLUListElement>(null);
  const wanted = useRef<string | null>(null);
  const listing = folder.listing.value;
  const path = listing?.path ?? '/';
  const entries = arranged(listing?.entries ?? [], { key: 'name', down: false }, hidden).sort((a, b) => Number(may_enter(b)) - Number(may_enter(a))).slice(0, most_shown);
  const folders = entries.filter(may_enter);

  const buttons = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>('.file-name') ?? [])];
  // What was entered or left is replaced by what is in it: the keyboard stays in the list.
  useLayoutEffect(() => {
    const name = wanted.current;
    if (name === null || !listing) return;
    wanted.current = null;
    const all = buttons();
    (all.find((button) => button.dataset.name === name) ?? all[0] ?? list.current)?.focus();
  }, [listing]);

  const go = (to: string, focus = ''): void => {
    wanted.current = focus;
    app.run(folder.open(folder.place.value, to));
  };
  const up = (): void => {
    if (crumbs(path, folder.roots.value).length > 1) go(parent_of(path), base_name(path));
  };
  const on_key = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const plain = event.key.length === 1 && event.key !== ' ';
    const to = list_step(event.key, at, all.length) ?? (plain ? list_letter(event.key, at, folders.map((entry) => entry.name)) : null);
    if (event.key === 'Backspace') up();
    else if (to !== null) all[to]?.focus();
    else return;
    event.preventDefault();
  };

  return (
    <div class="folder-walk">
      <Way folder={folder} on_go={(to) => go(to)} />
      <ul ref={list} class="folder-list" tabIndex={-1} aria-label={label} aria-busy={folder.loading.value} onKeyDown={on_key}>
        {entries.map((entry) => {
          const kind = kind_of(entry);
          const Icon = kind === 'folder' ? FolderIcon : kind === 'link' ? LinkIcon : FileIcon;
          return (
            <li key={entry.name_b64 ?? entry.name}>
              {may_enter(entry) ? (
                <button type="button" class={`file-name file-${kind}`} data-name={entry.name} aria-label={`${entry.name}, ${t(`files.kind_${kind}`)}`} title={entry.name} onClick={() => go(join_path(path, entry.name))}>
                  <Icon /><span>{entry.name}</span>
                </button>
              ) : (
                <span class="file-name folder-file" title={entry.name}><Icon /><span>{entry.name}</span></span>
              )}
            </li>
          );
        })}
        {listing && entries.length === 0 && <li class="empty-note">{t(listing.entries.length === 0 ? 'files.empty' : 'files.only_hidden')}</li>}
        {!listing && folder.loading.value && <li class="empty-note" role="status">{t('app.loading')}</li>}
      </ul>
      {folder.problem.value !== null && (
        <div class="notice notice-error" role="alert">
          <span>{folder.problem.value}</span>
          <button type="button" class="button button-small" onClick={() => folder.reload()}>{t('settings.retry')}</button>
        </div>
      )}
    </div>
  );
}
