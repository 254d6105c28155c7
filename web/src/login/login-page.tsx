import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { App } from '../app/context';
import type { Language } from '../core/prefs';
import { ApiError } from '../core/rpc-client';
import { Mark } from '../ui/icons';
import { TextField } from '../ui/field';

/** For whoever is not the person who runs the server. The address stays, so signing in leads back to it. */
export function LoginPage() {
  const app = useApp();
  const { t } = app;
  const form = useRef<HTMLFormElement>(null);
  const key = useSignal('');
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const configured = app.auth.status.value?.configured !== false;

  const focus_key = (): void => form.current?.querySelector<HTMLInputElement>('input[type=password]')?.focus();

  useEffect(() => {
    focus_key();
    // After a 401 in the middle of work nobody has asked yet what the server offers.
    if (app.auth.status.value === null) app.run(app.auth.check());
  }, []);

  const submit = async (): Promise<void> => {
    if (key.value.trim() === '') {
      problem.value = t('login.empty');
      return;
    }
    busy.value = true;
    problem.value = null;
    try {
      await app.auth.login(key.value.trim());
      key.value = '';
    } catch (error) {
      problem.value = login_problem(app, error);
      focus_key();
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="login">
      <form
        ref={form}
        class="login-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.value) app.run(submit());
        }}
      >
        <div class="login-head">
          <Mark size={30} />
          <span class="login-name">duotty</span>
        </div>
        <h1>{t('login.title')}</h1>
        {configured ? (
          <>
            {/* Password managers want a user name beside a password. */}
            <input type="text" name="username" value="duotty" autocomplete="username" hidden readOnly />
            <TextField
              label={t('login.key')}
              type="password"
              autocomplete="current-password"
              hint={t('login.key_hint')}
              value={key.value}
              problem={problem.value ?? undefined}
              on_input={(value) => {
                key.value = value;
                problem.value = null;
              }}
            />
            <button type="submit" class="button button-primary button-wide" disabled={busy.value}>
              {t(busy.value ? 'login.busy' : 'login.submit')}
            </button>
          </>
        ) : (
          <p>{t('login.not_configured')}</p>
        )}
      </form>
      <LanguageSwitch />
    </main>
  );
}

function login_problem(app: App, error: unknown): string {
  if (!(error instanceof ApiError)) return app.t('app.unexpected', { message: String(error) });
  if (error.status === 429) {
    return error.retry_after === undefined
      ? app.t('login.too_many_plain')
      : app.t('login.too_many', { seconds: Math.max(1, Math.ceil(error.retry_after)) });
  }
  if (error.status === 401) return app.t('login.wrong');
  return error.unreachable ? app.t('app.unreachable') : error.message;
}

const languages: readonly { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '中文' },
];

function LanguageSwitch() {
  const app = useApp();
  return (
    <div class="login-languages" role="group" aria-label={app.t('login.language')}>
      {languages.map(({ value, label }) => (
        <button
          key={value}
          class="link-button"
          lang={value}
          aria-pressed={app.language.value === value}
          onClick={() => app.prefs_store.change({ language: value })}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
