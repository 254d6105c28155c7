import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import { ApiError } from '../core/rpc-client';
import { check_token, token_scopes, type Problems, type TokenForm, type TokenScope } from '../core/settings-form';
import type { MessageKey } from '../i18n/en';
import { SelectField, TextField } from '../ui/field';

export const scope_names: Record<TokenScope, MessageKey> = {
  read: 'tokens.scope_read',
  type: 'tokens.scope_type',
  exec: 'tokens.scope_exec',
  files: 'tokens.scope_files',
  ssh: 'tokens.scope_ssh',
  ai: 'tokens.scope_ai',
  admin: 'tokens.scope_admin',
  force: 'tokens.scope_force',
};

const usual_days = [7, 30, 90, 365];
const empty_form: TokenForm = { name: '', scopes: ['read', 'type', 'exec'], days: 30 };

export function TokenCreator({ on_created }: { on_created: (created: { name: string; token: string }) => void }) {
  const app = useApp();
  const { t } = app;
  const form = useSignal<TokenForm>(empty_form);
  const problems = useSignal<Problems<'name' | 'scopes' | 'days'>>({});
  const refusal = useSignal<string | null>(null);

  const change = (part: Partial<TokenForm>): void => {
    form.value = { ...form.value, ...part };
    refusal.value = null;
    const wrong = check_token(form.value);
    problems.value = Object.fromEntries(Object.entries(problems.value).filter(([field]) => field in wrong));
  };

  const create = async (): Promise<void> => {
    problems.value = check_token(form.value);
    if (Object.keys(problems.value).length > 0) return;
    const { name, scopes, days } = form.value;
    const expiry = days === null ? {} : { expires_in_seconds: days * 86_400 };
    try {
      const created = await app.rpc.create_token({ name: name.trim(), scopes: [...scopes], ...expiry });
      form.value = empty_form;
      on_created({ name: name.trim(), token: created.token });
    } catch (error) {
      // What the server says about the name belongs beside the name.
      if (error instanceof ApiError && !error.unreachable && error.status < 500 && error.status !== 401) refusal.value = error.message;
      else throw error;
    }
  };

  const toggle = (scope: TokenScope, on: boolean): void =>
    change({ scopes: token_scopes.filter((other) => (other === scope ? on : form.value.scopes.includes(other))) });

  return (
    <form
      class="form form-framed"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        app.run(create());
      }}
    >
      <h2>{t('tokens.create')}</h2>
      <TextField
        label={t('tokens.name')}
        value={form.value.name}
        problem={problems.value.name ? t(problems.value.name) : (refusal.value ?? undefined)}
        on_input={(name) => change({ name })}
      />
      <fieldset class="field">
        <legend>{t('tokens.scopes')}</legend>
        <div class="checks">
          {token_scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" checked={form.value.scopes.includes(scope)} onChange={(event) => toggle(scope, event.currentTarget.checked)} />
              <span>{t(scope_names[scope])}</span>
            </label>
          ))}
        </div>
        {problems.value.scopes && <p class="field-problem" role="alert">{t(problems.value.scopes)}</p>}
      </fieldset>
      <SelectField
        label={t('tokens.expiry')}
        value={form.value.days === null ? 'never' : String(form.value.days)}
        options={[
          ...usual_days.map((days) => ({ value: String(days), label: t('tokens.expiry_days', { days }) })),
          { value: 'never', label: t('tokens.expiry_never') },
        ]}
        on_change={(value) => change({ days: value === 'never' ? null : Number(value) })}
      />
      <div class="form-buttons">
        <button type="submit" class="button button-primary">
          {t('tokens.create')}
        </button>
      </div>
    </form>
  );
}
