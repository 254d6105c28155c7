import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import type { Connection } from '../core/ssh-api';
import { Segments } from '../ui/field';
import { Markdown } from '../ui/markdown';
import { Modal } from '../ui/modal';

const longest_bytes = 256 * 1024;

/** What people and agents should know of a host: read, and written in Markdown. */
export function RunbookDialog({ connection, on_close }: { connection: Connection; on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  const text = useSignal<string | null>(null);
  const stored = useSignal('');
  const view = useSignal<'read' | 'edit'>('read');
  const problem = useSignal<string | null>(null);

  useEffect(() => {
    app.ssh.runbook(connection.id).then(
      (found) => {
        text.value = found;
        stored.value = found;
        view.value = found.trim() === '' ? 'edit' : 'read';
      },
      (error: unknown) => {
        problem.value = error instanceof Error ? error.message : String(error);
      },
    );
  }, []);

  const save = async (): Promise<void> => {
    const written = text.value ?? '';
    problem.value = new TextEncoder().encode(written).length > longest_bytes ? t('error.too_long') : null;
    if (problem.value !== null) return;
    try {
      await app.ssh.save_runbook(connection.id, written);
      stored.value = written;
      app.toasts.show(t('common.saved'));
      app.run(app.connections.reload());
      on_close();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  const close = async (): Promise<void> => {
    if (text.value !== null && text.value !== stored.value) {
      const sure = await app.dialogs.ask({ title: t('edit.unsaved_title'), body: t('edit.unsaved_body'), confirm: t('edit.discard'), tone: 'danger' });
      if (!sure) return;
    }
    on_close();
  };

  return (
    <Modal size="wide" title={t('runbook.title', { title: connection.title })} on_close={() => app.run(close())}>
      {text.value === null ? (
        problem.value === null && <p role="status">{t('app.loading')}</p>
      ) : (
        <>
          <Segments
            label={t('runbook.view')}
            value={view.value}
            options={[{ value: 'read', label: t('runbook.preview') }, { value: 'edit', label: t('runbook.edit') }]}
            on_change={(next) => { view.value = next; }}
          />
          {view.value === 'edit' ? (
            <textarea
              class="input runbook-text"
              aria-label={t('runbook.text')}
              placeholder={t('runbook.placeholder')}
              value={text.value}
              onInput={(event) => { text.value = event.currentTarget.value; }}
              onKeyDown={(event) => {
                if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
                event.preventDefault();
                void save();
              }}
            />
          ) : (
            <div class="runbook-preview">{text.value.trim() === '' ? <p class="empty-note">{t('runbook.none')}</p> : <Markdown text={text.value} />}</div>
          )}
        </>
      )}
      {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
      <div class="dialog-buttons modal-foot">
        <button type="button" class="button" onClick={() => app.run(close())}>{t('common.close')}</button>
        <button type="button" class="button button-primary" disabled={text.value === null || text.value === stored.value} onClick={() => void save()}>{t('common.save')}</button>
      </div>
    </Modal>
  );
}
