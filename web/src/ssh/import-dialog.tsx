import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { ImportRequest, ImportResult } from '../core/ssh-api';
import { import_request } from '../core/ssh-import';
import { format_target } from '../core/ssh-target';
import { Field, Segments, TextField } from '../ui/field';
import { Modal } from '../ui/modal';

type Source = 'own' | 'text';

/** Takes hosts over from a configuration: first it says what would be stored, then the person chooses. */
export function ImportDialog({ on_close }: { on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  const source = useSignal<Source>('own');
  const text = useSignal('');
  const group = useSignal('');
  const found = useSignal<{ request: ImportRequest; result: ImportResult } | null>(null);
  const left_out = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);

  const work = async (action: () => Promise<void>): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await action();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  };
  const changed = (): void => {
    found.value = null;
    left_out.value = new Set();
  };
  const look = (): Promise<void> =>
    work(async () => {
      const request = import_request(source.value === 'own' ? null : text.value);
      found.value = { request, result: await app.ssh.import({ ...request, dry_run: true }) };
    });
  const take = (): Promise<void> =>
    work(async () => {
      if (!found.value) return;
      const { request, result } = found.value;
      const names = result.connections.map(({ title }) => title).filter((title) => !left_out.value.has(title));
      const done = await app.ssh.import({ ...request, names, group: group.value.trim(), dry_run: false });
      await app.connections.reload();
      app.toasts.show(t('import.done', { count: done.imported }));
      on_close();
    });

  const result = found.value?.result;
  const chosen = result ? result.connections.filter(({ title }) => !left_out.value.has(title)).length : 0;
  return (
    <Modal size="wide" title={t('import.title')} on_close={on_close}>
      <div class="form">
        <Segments
          label={t('import.from')}
          value={source.value}
          options={[{ value: 'own', label: t('import.own') }, { value: 'text', label: t('import.text') }]}
          on_change={(next) => {
            source.value = next;
            changed();
          }}
        />
        {source.value === 'text' && (
          <>
            <Field label={t('import.paste')} hint={t('import.paste_hint')}>
              {({ id, describedby }) => (
                <textarea
                  id={id}
                  class="input secret-text"
                  rows={7}
                  spellcheck={false}
                  aria-describedby={describedby}
                  value={text.value}
                  onInput={(event) => {
                    text.value = event.currentTarget.value;
                    changed();
                  }}
                />
              )}
            </Field>
            <input
              type="file"
              aria-label={t('import.file')}
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (!file) return;
                void work(async () => {
                  text.value = await file.text();
                  changed();
                });
              }}
            />
          </>
        )}
        {result && <Found result={result} left_out={left_out.value} on_toggle={(title, on) => {
          const next = new Set(left_out.value);
          if (on) next.delete(title);
          else next.add(title);
          left_out.value = next;
        }} />}
        {result && result.connections.length > 0 && <TextField label={t('import.group')} value={group.value} on_input={(typed) => { group.value = typed; }} />}
        {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
      </div>
      <div class="dialog-buttons modal-foot">
        <button type="button" class="button" onClick={on_close}>{t('common.cancel')}</button>
        {!result ? (
          <button type="button" class="button button-primary" disabled={busy.value || (source.value === 'text' && text.value.trim() === '')} onClick={() => void look()}>{t('import.look')}</button>
        ) : (
          <button type="button" class="button button-primary" disabled={busy.value || chosen === 0} onClick={() => void take()}>{t('import.take', { count: chosen })}</button>
        )}
      </div>
    </Modal>
  );
}

function Found({ result, left_out, on_toggle }: { result: ImportResult; left_out: ReadonlySet<string>; on_toggle: (title: string, on: boolean) => void }) {
  const { t } = useApp();
  return (
    <div class="import-found" role="status">
      {result.connections.length === 0 ? (
        <p class="empty-note">{t('import.nothing')}</p>
      ) : (
        <fieldset class="field">
          <legend>{t('import.found', { count: result.connections.length })}</legend>
          {result.connections.map((connection) => (
            <label key={connection.title} class="check">
              <input type="checkbox" checked={!left_out.has(connection.title)} onChange={(event) => on_toggle(connection.title, event.currentTarget.checked)} />
              <span>{connection.title} <span class="connection-details">{format_target(connection)}</span></span>
            </label>
          ))}
        </fieldset>
      )}
      {result.skipped.length > 0 && (
        <details>
          <summary>{t('import.skipped', { count: result.skipped.length })}</summary>
          <ul>{result.skipped.map(({ title, reason }, index) => <li key={index}>{title}: {reason}</li>)}</ul>
        </details>
      )}
      {result.notes.length > 0 && (
        <details>
          <summary>{t('import.notes', { count: result.notes.length })}</summary>
          <ul>{result.notes.map((note, index) => <li key={index}>{note}</li>)}</ul>
        </details>
      )}
    </div>
  );
}
