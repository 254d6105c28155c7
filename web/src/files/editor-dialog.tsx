import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import { base_name, format_size } from '../core/file-list';
import { is_conflict, type Place, type ReadText } from '../core/files-api';
import { read_lines, write_lines, type LineEnd } from '../core/line-ends';
import { DownIcon } from '../ui/icons';
import { Modal } from '../ui/modal';
import { download } from './actions';

const encodings = ['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'latin-1', 'gb18030'] as const;
const end_names: Record<LineEnd, string> = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' };

interface EditorProps {
  place: Place;
  path: string;
  on_close: () => void;
  on_saved: () => void;
}

/** A text of up to 1 MiB. It is written only over what was read. */
export function EditorDialog({ place, path, on_close, on_saved }: EditorProps) {
  const app = useApp();
  const { t } = app;
  const read = useSignal<ReadText | null>(null);
  const text = useSignal('');
  const before = useSignal('');
  const end = useSignal<LineEnd>('\n');
  const mixed = useSignal(false);
  const changed_there = useSignal(false);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const dirty = read.value !== null && text.value !== before.value;

  const fail = (error: unknown): void => {
    problem.value = error instanceof Error ? error.message : String(error);
  };
  const load = async (encoding = 'auto'): Promise<void> => {
    problem.value = null;
    changed_there.value = false;
    try {
      const found = await app.links.attempt(place, () => app.files.read(place, path, encoding));
      const lines = read_lines(found.text ?? '');
      read.value = found;
      text.value = before.value = lines.text;
      end.value = lines.end;
      mixed.value = lines.mixed;
    } catch (error) {
      fail(error);
    }
  };
  useEffect(() => void load(), []);

  /** `over`: also when it has changed meanwhile. */
  const save = async (over = false): Promise<void> => {
    const current = read.value;
    if (!current || busy.value || !editable(current)) return;
    busy.value = true;
    problem.value = null;
    const written = text.value;
    try {
      const options = over ? { encoding: current.encoding, conflict: 'overwrite' } : { encoding: current.encoding, if_match: current.etag };
      const done = await app.links.attempt(place, () => app.files.write(place, path, write_lines(written, end.value), options));
      read.value = { ...current, etag: done.etag };
      before.value = written;
      mixed.value = false;
      changed_there.value = false;
      app.announce(t('common.saved'));
      on_saved();
    } catch (error) {
      if (is_conflict(error) && error.field === 'if_match') changed_there.value = true;
      else fail(error);
    } finally {
      busy.value = false;
    }
  };
  const may_lose = async (): Promise<boolean> =>
    !dirty || (await app.dialogs.ask({ title: t('edit.unsaved_title'), body: t('edit.unsaved_body'), confirm: t('edit.discard'), tone: 'danger' }));
  const close = async (): Promise<void> => {
    if (await may_lose()) on_close();
  };
  const reread = async (encoding: string): Promise<void> => {
    if (await may_lose()) await load(encoding);
  };

  const current = read.value;
  return (
    <Modal size="wide" title={base_name(path)} on_close={() => app.run(close())}>
      {!current && problem.value === null && <p role="status">{t('app.loading')}</p>}
      {changed_there.value && (
        <div class="notice notice-error" role="alert">
          <span>{t('edit.changed_there')}</span>
          <button class="button button-small" onClick={() => app.run(load(current?.encoding))}>{t('edit.load_theirs')}</button>
          <button class="button button-small button-danger-quiet" onClick={() => void save(true)}>{t('edit.overwrite')}</button>
        </div>
      )}
      {current && !editable(current) && (
        <div class="notice" role="status">
          <span>{t(current.has_more ? 'edit.too_large' : 'edit.no_text', { size: format_size(current.size) })}</span>
          <button class="button button-small" onClick={() => app.run(download(app, place, path))}>{t('files.download')}</button>
        </div>
      )}
      {current && editable(current) && (
        <textarea
          class="input editor-text"
          aria-label={t('edit.text', { name: base_name(path) })}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          wrap="off"
          autofocus
          value={text.value}
          onInput={(event) => { text.value = event.currentTarget.value; }}
          onKeyDown={(event) => {
            if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
            event.preventDefault();
            void save();
          }}
        />
      )}
      {mixed.value && <p class="field-hint">{t('edit.mixed', { end: end_names[end.value] })}</p>}
      {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
      <div class="dialog-buttons modal-foot editor-foot">
        {current && (
          <div class="select">
            <select class="input" aria-label={t('edit.encoding')} value={current.encoding} onChange={(event) => app.run(reread(event.currentTarget.value))}>
              {!(encodings as readonly string[]).includes(current.encoding) && <option value={current.encoding}>{t('edit.binary')}</option>}
              {encodings.map((encoding) => <option key={encoding} value={encoding}>{encoding}</option>)}
            </select>
            <DownIcon />
          </div>
        )}
        {current && editable(current) && <span class="editor-end">{end_names[end.value]}</span>}
        <span class="spacer" />
        <button type="button" class="button" onClick={() => app.run(close())}>{t('common.close')}</button>
        <button type="button" class="button button-primary" disabled={!dirty || busy.value} onClick={() => void save()}>{t('common.save')}</button>
      </div>
    </Modal>
  );
}

function editable(found: ReadText): boolean {
  return found.encoding !== 'base64' && typeof found.text === 'string' && !found.has_more;
}
