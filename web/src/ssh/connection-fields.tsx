import { useApp } from '../app/context';
import type { AuthType, Connection, HostKeyPolicy, SecretName } from '../core/ssh-api';
import type { ConnectionForm } from '../core/ssh-form';
import { all_groups, all_tags, connection_colors } from '../core/ssh-list';
import { Field, SelectField, TextField, Toggle } from '../ui/field';
import type { ChangeForm } from './connection-editor';

export interface FieldsProps {
  form: ConnectionForm;
  stored: Connection | null;
  change: ChangeForm;
  problem: (field: keyof ConnectionForm) => string | undefined;
}

const auth_types: readonly AuthType[] = ['key', 'password', 'agent', 'keyboard-interactive'];
const policies: readonly HostKeyPolicy[] = ['ask', 'strict', 'accept_new'];

export function PlaceFields({ form, change, problem }: FieldsProps) {
  const { t } = useApp();
  return (
    <>
      <div class="connection-place">
        <TextField label={t('ssh.host')} value={form.host} problem={problem('host')} on_input={(host) => change({ host })} />
        <TextField label={t('ssh.port')} type="number" min={1} max={65_535} value={form.port} problem={problem('port')} on_input={(port) => change({ port })} />
      </div>
      <div class="form-row">
        <TextField label={t('ssh.username')} value={form.username} problem={problem('username')} on_input={(username) => change({ username })} />
        <TextField label={t('ssh.name')} hint={t('ssh.name_hint')} value={form.title} problem={problem('title')} on_input={(title) => change({ title })} />
      </div>
    </>
  );
}

/** A secret: it only goes in. What is stored is said, never shown. */
function SecretField({ name, form, stored, change, problem }: FieldsProps & { name: SecretName }) {
  const { t } = useApp();
  const there = (stored?.[name] ?? null) !== null && !form.remove_secrets.includes(name);
  const hint = there ? t('ssh.secret_stored') : name === 'password' ? t('ssh.password_hint') : undefined;
  return (
    <div class="secret">
      {name === 'private_key' ? (
        <Field label={t('ssh.private_key')} hint={there ? t('ssh.secret_stored') : t('ssh.private_key_hint')} problem={problem(name)}>
          {({ id, describedby, invalid }) => (
            <textarea
              id={id}
              class="input secret-text"
              rows={3}
              value={form[name]}
              aria-describedby={describedby}
              aria-invalid={invalid}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => change({ [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ) : (
        <TextField
          label={t(`ssh.${name}`)}
          type="password"
          autocomplete="new-password"
          placeholder={there ? '••••••••' : undefined}
          hint={hint}
          value={form[name]}
          problem={problem(name)}
          on_input={(typed) => change({ [name]: typed })}
        />
      )}
      {there && (
        <button type="button" class="button button-small button-danger-quiet" onClick={() => change({ remove_secrets: [...form.remove_secrets, name], [name]: '' })}>
          {t(`ssh.forget_${name}`)}
        </button>
      )}
    </div>
  );
}

export function AuthFields(props: FieldsProps) {
  const { t } = useApp();
  const { form, stored, change, problem } = props;
  const has = (name: SecretName): boolean => (stored?.[name] ?? null) !== null;
  const with_key = form.auth_type === 'key' || has('private_key') || form.private_key_path !== '';
  return (
    <>
      <SelectField
        label={t('ssh.auth_type')}
        value={form.auth_type}
        options={auth_types.map((value) => ({ value, label: t(`ssh.auth_${value}`) }))}
        on_change={(auth_type) => change({ auth_type })}
      />
      {with_key && (
        <>
          <TextField
            label={t('ssh.private_key_path')}
            hint={t('ssh.private_key_path_hint')}
            placeholder="~/.ssh/id_ed25519"
            value={form.private_key_path}
            problem={problem('private_key_path')}
            on_input={(private_key_path) => change({ private_key_path })}
          />
          <SecretField name="private_key" {...props} />
          <SecretField name="passphrase" {...props} />
        </>
      )}
      {(form.auth_type === 'password' || form.auth_type === 'keyboard-interactive' || has('password')) && <SecretField name="password" {...props} />}
    </>
  );
}

export function LookFields({ form, change, problem }: FieldsProps) {
  const app = useApp();
  const { t } = app;
  const known = app.connections.list.value ?? [];
  return (
    <>
      <div class="form-row">
        <TextField label={t('ssh.group')} value={form.group} list="ssh-groups" problem={problem('group')} on_input={(group) => change({ group })} />
        <TextField label={t('ssh.tags')} hint={t('ssh.tags_hint')} value={form.tags} list="ssh-tags" problem={problem('tags')} on_input={(tags) => change({ tags })} />
      </div>
      <datalist id="ssh-groups">{all_groups(known).map((name) => <option key={name} value={name} />)}</datalist>
      <datalist id="ssh-tags">{all_tags(known).map((name) => <option key={name} value={name} />)}</datalist>
      <fieldset class="field">
        <legend>{t('ssh.color')}</legend>
        <div class="color-choice">
          {['', ...connection_colors].map((color) => (
            <label key={color} class={form.color === color ? 'color-option color-option-on' : 'color-option'} title={t(color === '' ? 'ssh.color_none' : `ssh.color_${color as (typeof connection_colors)[number]}`)}>
              <input type="radio" name="connection-color" checked={form.color === color} onChange={() => change({ color })} aria-label={t(color === '' ? 'ssh.color_none' : `ssh.color_${color as (typeof connection_colors)[number]}`)} />
              <span class="color-dot" style={color === '' ? undefined : { background: `var(--mark-${color})` }} />
            </label>
          ))}
        </div>
      </fieldset>
    </>
  );
}

export function AdvancedFields({ form, change, problem }: FieldsProps) {
  const { t } = useApp();
  const wrong = (['keepalive_s', 'env', 'proxy_jump', 'start_directory', 'host_key_policy', 'agent_forwarding'] as const).some((field) => problem(field) !== undefined);
  return (
    <details class="connection-more" open={wrong || undefined}>
      <summary>{t('ssh.more')}</summary>
      <div class="form">
        <TextField label={t('ssh.proxy_jump')} hint={t('ssh.proxy_jump_hint')} value={form.proxy_jump} problem={problem('proxy_jump')} on_input={(proxy_jump) => change({ proxy_jump })} />
        <SelectField
          label={t('ssh.host_key_policy')}
          value={form.host_key_policy}
          options={policies.map((value) => ({ value, label: t(`ssh.policy_${value}`) }))}
          on_change={(host_key_policy) => change({ host_key_policy })}
        />
        <div class="form-row">
          <TextField label={t('ssh.start_directory')} value={form.start_directory} problem={problem('start_directory')} on_input={(start_directory) => change({ start_directory })} />
          <TextField label={t('ssh.keepalive')} hint={t('ssh.keepalive_hint')} type="number" min={0} value={form.keepalive_s} problem={problem('keepalive_s')} on_input={(keepalive_s) => change({ keepalive_s })} />
        </div>
        <Field label={t('ssh.env')} hint={t('ssh.env_hint')} problem={problem('env')}>
          {({ id, describedby, invalid }) => (
            <textarea id={id} class="input secret-text" rows={2} value={form.env} aria-describedby={describedby} aria-invalid={invalid} spellcheck={false} onInput={(event) => change({ env: event.currentTarget.value })} />
          )}
        </Field>
        <Toggle label={t('ssh.agent_forwarding')} hint={t('ssh.agent_forwarding_hint')} checked={form.agent_forwarding} on_change={(agent_forwarding) => change({ agent_forwarding })} />
      </div>
    </details>
  );
}
