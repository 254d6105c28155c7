import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import { format_size } from '../core/file-list';
import type { Connection, Forward, ForwardKind } from '../core/ssh-api';
import { check_forward, empty_forward, forward_request, leading_to, listening_at, type ForwardForm } from '../core/ssh-forwards';
import { copy_text } from '../ui/clipboard';
import { Segments, TextField, Toggle } from '../ui/field';
import { Modal } from '../ui/modal';

const kinds: readonly ForwardKind[] = ['local', 'remote', 'dynamic'];
const look_again_ms = 2000;

const message_of = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The forwards of a connection: what there is and how it stands, and a new one. */
export function ForwardsDialog({ connection, on_close }: { connection: Connection; on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  const forwards = useSignal<Forward[] | null>(null);
  const failed = useSignal<string | null>(null);

  const load = async (): Promise<void> => {
    try {
      forwards.value = await app.ssh.forwards(connection.id);
      failed.value = null;
    } catch (error) {
      failed.value = message_of(error);
    }
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), look_again_ms);
    return () => clearInterval(timer);
  }, []);

  const close = async (forward: Forward): Promise<void> => {
    await app.ssh.close_forward(forward.id);
    await load();
  };
  return (
    <Modal size="wide" title={t('forward.title', { title: connection.title })} on_close={on_close}>
      {failed.value !== null && <p class="field-problem" role="alert">{failed.value}</p>}
      {forwards.value === null && failed.value === null && <p role="status">{t('app.loading')}</p>}
      {forwards.value?.length === 0 && <p class="empty-note" role="status">{t('forward.none')}</p>}
      {forwards.value !== null && forwards.value.length > 0 && (
        <ul class="forward-list" aria-label={t('forward.list')}>
          {forwards.value.map((forward) => <Row key={forward.id} forward={forward} on_end={() => app.run(close(forward))} />)}
        </ul>
      )}
      <NewForward connection={connection} on_opened={load} />
      <div class="dialog-buttons modal-foot">
        <button type="button" class="button" onClick={on_close}>{t('common.close')}</button>
      </div>
    </Modal>
  );
}

function Row({ forward, on_end }: { forward: Forward; on_end: () => void }) {
  const app = useApp();
  const { t } = app;
  const at = listening_at(forward);
  const why = forward.error ?? forward.trouble;
  const copy = async (): Promise<void> => {
    app.toasts.show(t((await copy_text(at)) ? 'common.copied' : 'common.copy_failed'));
  };
  return (
    <li class="forward">
      <div class="forward-text">
        <span class="forward-way">
          <code>{at}</code> → {forward.kind === 'dynamic' ? 'SOCKS' : <code>{leading_to(forward)}</code>}
        </span>
        <span class="connection-details">
          {[
            t(`forward.${forward.kind}`),
            t(`forward.${forward.state}`),
            ...(forward.keep ? [t('forward.kept')] : []),
            t('forward.counts', { now: forward.connections, all: forward.connections_total, up: format_size(forward.bytes_to_host), down: format_size(forward.bytes_from_host) }),
          ].join(' · ')}
        </span>
        {why && <span class="forward-trouble">{why}</span>}
      </div>
      <button type="button" class="button button-small" aria-label={t('forward.copy', { address: at })} onClick={() => app.run(copy())}>{t('common.copy')}</button>
      <button type="button" class="button button-small" aria-label={t('forward.end', { address: at })} onClick={on_end}>{t('common.close')}</button>
    </li>
  );
}

function NewForward({ connection, on_opened }: { connection: Connection; on_opened: () => Promise<void> }) {
  const app = useApp();
  const { t } = app;
  const form = useSignal<ForwardForm>(empty_forward);
  const tried = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const set = (change: Partial<ForwardForm>): void => {
    form.value = { ...form.value, ...change };
  };
  const wrong = tried.value ? check_forward(form.value) : {};
  const said = { needed: t('error.required'), port: t('error.port', { min: 1, max: 65535 }), host: t('error.ssh_host') };

  const open = async (): Promise<void> => {
    tried.value = true;
    problem.value = null;
    if (Object.keys(check_forward(form.value)).length > 0) return;
    busy.value = true;
    try {
      await app.links.attempt(connection.id, () => app.ssh.open_forward(forward_request(connection.id, form.value)));
      form.value = { ...empty_forward, kind: form.value.kind };
      tried.value = false;
      await on_opened();
    } catch (error) {
      problem.value = message_of(error);
    } finally {
      busy.value = false;
    }
  };
  const { kind } = form.value;
  return (
    <form
      class="form forward-new"
      aria-label={t('forward.new')}
      onSubmit={(event) => {
        event.preventDefault();
        app.run(open());
      }}
    >
      <h3>{t('forward.new')}</h3>
      <Segments label={t('forward.kind')} value={kind} options={kinds.map((value) => ({ value, label: t(`forward.${value}`) }))} on_change={(next) => set({ kind: next })} />
      <p class="field-hint">{t(`forward.${kind}_hint`)}</p>
      <div class="forward-fields">
        <TextField label={t('forward.port')} hint={t('forward.port_hint')} problem={wrong.port && said[wrong.port]} value={form.value.port} on_input={(port) => set({ port })} />
        {kind !== 'dynamic' && (
          <>
            <TextField label={t('forward.target_host')} problem={wrong.target_host && said[wrong.target_host]} value={form.value.target_host} on_input={(target_host) => set({ target_host })} />
            <TextField label={t('forward.target_port')} problem={wrong.target_port && said[wrong.target_port]} value={form.value.target_port} on_input={(target_port) => set({ target_port })} />
          </>
        )}
      </div>
      <TextField label={t('forward.bind')} hint={t('forward.bind_hint')} placeholder={kind === 'remote' ? 'localhost' : '127.0.0.1'} value={form.value.bind} on_input={(bind) => set({ bind })} />
      <Toggle label={t('forward.keep')} hint={t('forward.keep_hint')} checked={form.value.keep} on_change={(keep) => set({ keep })} />
      {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
      <div class="form-buttons">
        <button type="submit" class="button button-primary" disabled={busy.value}>{t('forward.open')}</button>
      </div>
    </form>
  );
}
