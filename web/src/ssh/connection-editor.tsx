import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import { ApiError } from '../core/rpc-client';
import type { Problems } from '../core/settings-form';
import type { Connection } from '../core/ssh-api';
import { check_connection, connection_change, connection_form, empty_connection, keepalive_range, port_range, type ConnectionForm } from '../core/ssh-form';
import type { Target } from '../core/ssh-target';
import { Modal } from '../ui/modal';
import { AdvancedFields, AuthFields, LookFields, PlaceFields } from './connection-fields';
import { TestSteps, useTest } from './test-dialog';

interface EditorProps {
  /** Null: a new one. */
  stored: Connection | null;
  /** What a new one begins with; secrets are not copied. */
  like?: Connection;
  target?: Target;
  on_close: () => void;
}

export type ChangeForm = (part: Partial<ConnectionForm>) => void;

function first_values({ stored, like, target }: EditorProps): ConnectionForm {
  const base = stored ?? like;
  if (base) return { ...connection_form(base), ...(stored ? {} : { title: '' }) };
  return target ? { ...empty_connection, host: target.host, port: String(target.port), username: target.username } : empty_connection;
}

/** A connection as a form; it is saved before it is tested, because the server tests what it has. */
export function ConnectionEditor(props: EditorProps) {
  const app = useApp();
  const { t } = app;
  const stored = useSignal<Connection | null>(props.stored);
  const form = useSignal<ConnectionForm>(first_values(props));
  const problems = useSignal<Problems<keyof ConnectionForm>>({});
  const refusal = useSignal<{ field?: string; message: string } | null>(null);
  const busy = useSignal(false);
  const test = useTest();

  const change: ChangeForm = (part) => {
    form.value = { ...form.value, ...part };
    refusal.value = null;
    const wrong = check_connection(form.value);
    // What was complained about before, as far as it is still wrong.
    problems.value = Object.fromEntries(Object.entries(wrong).filter(([field]) => field in problems.value));
  };

  /** What to say beside a field: ours, or what the server says of it. */
  const problem = (field: keyof ConnectionForm): string | undefined => {
    const key = problems.value[field];
    if (key === 'error.port') return t(key, { ...port_range });
    if (key === 'error.keepalive') return t(key, { ...keepalive_range });
    if (key) return t(key);
    return refusal.value?.field === field ? refusal.value.message : undefined;
  };

  /** The id of what is stored now; null when it was not. */
  const save = async (): Promise<string | null> => {
    problems.value = check_connection(form.value);
    if (Object.keys(problems.value).length > 0) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.modal [aria-invalid=true]')?.focus());
      return null;
    }
    busy.value = true;
    try {
      const before = stored.value;
      const sent = connection_change(form.value, before);
      const id = before ? before.id : await app.ssh.create(sent);
      if (before && Object.keys(sent).length > 0) await app.ssh.update(id, sent);
      await app.connections.reload();
      stored.value = app.connections.get(id) ?? null;
      // They are stored now, and are not sent twice.
      form.value = { ...form.value, password: '', private_key: '', passphrase: '', remove_secrets: [] };
      return id;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) throw error;
      refusal.value = { field: error.field, message: error.message };
      return null;
    } finally {
      busy.value = false;
    }
  };

  const save_and_close = async (): Promise<void> => {
    if ((await save()) === null) return;
    app.toasts.show(t('common.saved'));
    props.on_close();
  };
  const save_and_test = async (): Promise<void> => {
    const id = await save();
    if (id !== null) await test.run(id);
  };

  const fields = { form: form.value, stored: stored.value, change, problem };
  const shown_at_field = refusal.value?.field !== undefined && refusal.value.field in form.value;
  return (
    <Modal size="wide" title={t(props.stored ? 'ssh.edit_title' : 'ssh.add_title')} on_close={props.on_close}>
      <form
        class="form connection-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          app.run(save_and_close());
        }}
      >
        <PlaceFields {...fields} />
        <AuthFields {...fields} />
        <LookFields {...fields} />
        <AdvancedFields {...fields} />
        {refusal.value && !shown_at_field && <p class="field-problem" role="alert">{refusal.value.message}</p>}
        <TestSteps test={test} />
        <div class="form-buttons modal-foot">
          <button type="submit" class="button button-primary" disabled={busy.value}>{t('common.save')}</button>
          <button type="button" class="button" disabled={busy.value || test.running.value} onClick={() => app.run(save_and_test())}>
            {t('ssh.save_and_test')}
          </button>
          <span class="spacer" />
          <button type="button" class="button" onClick={props.on_close}>{t(stored.value === props.stored ? 'common.cancel' : 'common.close')}</button>
        </div>
      </form>
    </Modal>
  );
}
