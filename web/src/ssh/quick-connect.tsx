import { useSignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useApp } from '../app/context';
import { ApiError } from '../core/rpc-client';
import type { AuthType, Connection } from '../core/ssh-api';
import { format_target, type Target } from '../core/ssh-target';
import { SelectField, TextField, Toggle } from '../ui/field';
import { Modal } from '../ui/modal';
import { open_on } from './actions';

const ways: readonly AuthType[] = ['agent', 'password', 'key', 'keyboard-interactive'];

/** To a host that was typed. The server connects to what it has stored, so it is stored, and forgotten again unless it is to be kept. */
export function QuickConnect({ target, on_close }: { target: Target; on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  // As it was when the dialog opened: it stores a connection itself.
  const [known] = useState(() => app.connections.list.value?.find((other) => other.host === target.host && other.port === target.port && other.username === target.username));
  const way = useSignal<AuthType>('agent');
  const password = useSignal('');
  const key_path = useSignal('');
  const keep = useSignal(false);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);

  const stored = async (): Promise<Connection | undefined> => {
    if (known) return known;
    const id = await app.ssh.create({
      ...target,
      auth_type: way.value,
      ...(way.value === 'password' ? { password: password.value } : {}),
      ...(way.value === 'key' ? { private_key_path: key_path.value.trim() } : {}),
      ...(keep.value ? {} : { group: t('quick.group') }),
    });
    if (!keep.value) app.temporary.add(id);
    await app.connections.reload();
    return app.connections.get(id);
  };
  /** What has led to nothing is not left behind. */
  const open_or_forget = async (connection: Connection): Promise<void> => {
    try {
      await open_on(app, connection);
    } catch (error) {
      const used = [...app.sessions.sessions.value.values()].some((info) => info.connection_id === connection.id);
      if (!used) await app.forget_connection(connection.id).then(() => app.temporary.forget(connection.id));
      throw error;
    }
  };
  const connect = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      const connection = await stored();
      on_close();
      if (connection) app.run(known || keep.value ? open_on(app, connection) : open_or_forget(connection));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 401) throw error;
      problem.value = error.message;
      busy.value = false;
    }
  };

  return (
    <Modal title={t('quick.title', { target: format_target(target) })} on_close={on_close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          app.run(connect());
        }}
      >
        {known ? (
          <p>{t('quick.known', { title: known.title })}</p>
        ) : (
          <>
            <SelectField label={t('ssh.auth_type')} value={way.value} options={ways.map((value) => ({ value, label: t(`ssh.auth_${value}`) }))} on_change={(next) => { way.value = next; }} />
            {way.value === 'password' && (
              <TextField label={t('ssh.password')} type="password" autocomplete="new-password" hint={t('ssh.password_hint')} value={password.value} on_input={(typed) => { password.value = typed; }} />
            )}
            {way.value === 'key' && (
              <TextField label={t('ssh.private_key_path')} placeholder="~/.ssh/id_ed25519" hint={t('ssh.private_key_path_hint')} value={key_path.value} on_input={(typed) => { key_path.value = typed; }} />
            )}
            <Toggle label={t('quick.keep')} hint={t('quick.keep_hint')} checked={keep.value} on_change={(on) => { keep.value = on; }} />
          </>
        )}
        {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={on_close}>{t('common.cancel')}</button>
          <button type="submit" class="button button-primary" disabled={busy.value} autofocus>{t('quick.connect')}</button>
        </div>
      </form>
    </Modal>
  );
}
