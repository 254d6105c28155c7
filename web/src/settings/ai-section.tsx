import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { ApiFormat, ModelInfo, ServerSettings } from '../core/api-types';
import { ApiError } from '../core/rpc-client';
import { check_provider, provider_change, type Problems, type ProviderForm } from '../core/settings-form';
import { SelectField, TextField } from '../ui/field';
import { LoadProblem, useLoaded } from './loaded';

export function AiSection() {
  const app = useApp();
  const loaded = useLoaded(() => app.rpc.settings());
  const settings = loaded.value.value;
  return (
    <>
      <p class="settings-intro">{app.t('ai.intro')}</p>
      <LoadProblem loaded={loaded} />
      {settings && <ProviderEditor settings={settings} on_saved={loaded.reload} />}
    </>
  );
}

type TestResult = { kind: 'idle' | 'busy' | 'unavailable' } | { kind: 'ok'; count: number } | { kind: 'failed'; message: string };

function ProviderEditor({ settings, on_saved }: { settings: ServerSettings; on_saved: () => void }) {
  const app = useApp();
  const { t } = app;
  const form = useSignal<ProviderForm>({
    api_format: settings.api_format,
    base_url: settings.base_url,
    api_key: '',
    model: settings.selected_model,
  });
  const problems = useSignal<Problems<'base_url' | 'api_key' | 'model'>>({});
  const models = useSignal<readonly ModelInfo[]>(settings.models);
  const test = useSignal<TestResult>({ kind: 'idle' });
  const saving = useSignal(false);

  const change = (part: Partial<ProviderForm>): void => {
    form.value = { ...form.value, ...part };
    const wrong = check_provider(form.value);
    // A complaint goes away as soon as it is settled, but a new one waits until the person is done.
    problems.value = Object.fromEntries(Object.entries(problems.value).filter(([field]) => field in wrong));
  };
  const check = (): boolean => {
    problems.value = check_provider(form.value);
    return Object.keys(problems.value).length === 0;
  };
  const problem_of = (field: 'base_url' | 'api_key' | 'model'): string | undefined => {
    const key = problems.value[field];
    return key && t(key);
  };

  const save = async (): Promise<void> => {
    if (!check()) return;
    saving.value = true;
    try {
      await app.rpc.save_settings(provider_change(form.value, settings));
      form.value = { ...form.value, api_key: '' };
      app.toasts.show(t('common.saved'));
      on_saved();
    } finally {
      saving.value = false;
    }
  };

  const run_test = async (): Promise<void> => {
    if (!check()) return;
    test.value = { kind: 'busy' };
    const { base_url, api_key, api_format } = form.value;
    try {
      models.value = await app.rpc.fetch_models({ base_url: base_url.trim(), api_key: api_key.trim(), api_format });
      test.value = { kind: 'ok', count: models.value.length };
    } catch (error) {
      const missing = error instanceof ApiError && (error.status === 404 || error.status === 405);
      test.value = missing ? { kind: 'unavailable' } : { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  };

  const formats: readonly { value: ApiFormat; label: string }[] = [
    { value: '', label: t('ai.format_auto') },
    { value: 'openai', label: t('ai.format_openai') },
    { value: 'anthropic', label: t('ai.format_anthropic') },
  ];
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        app.run(save());
      }}
    >
      <SelectField label={t('ai.format')} value={form.value.api_format} options={formats} on_change={(api_format) => change({ api_format })} />
      <TextField
        label={t('ai.base_url')}
        type="url"
        hint={t('ai.base_url_hint')}
        placeholder={form.value.api_format === 'anthropic' ? 'https://api.anthropic.com' : 'https://api.openai.com/v1'}
        value={form.value.base_url}
        problem={problem_of('base_url')}
        on_input={(base_url) => change({ base_url })}
      />
      <TextField
        label={t('ai.key')}
        type="password"
        autocomplete="off"
        hint={t('ai.key_hint')}
        placeholder={settings.api_key === '' ? t('ai.key_none') : t('ai.key_stored', { masked: settings.api_key })}
        value={form.value.api_key}
        problem={problem_of('api_key')}
        on_input={(api_key) => change({ api_key })}
      />
      <TextField
        label={t('ai.model')}
        hint={t('ai.model_hint')}
        list="known-models"
        value={form.value.model}
        problem={problem_of('model')}
        on_input={(model) => change({ model })}
      />
      <datalist id="known-models">
        {models.value.map((model) => (
          <option key={model.id} value={model.id}>
            {model.name}
          </option>
        ))}
      </datalist>
      <div class="form-buttons">
        <button type="submit" class="button button-primary" disabled={saving.value}>
          {t('common.save')}
        </button>
        {test.value.kind !== 'unavailable' && (
          <button type="button" class="button" disabled={test.value.kind === 'busy'} onClick={() => app.run(run_test())}>
            {t('ai.test')}
          </button>
        )}
        <span class={test.value.kind === 'failed' ? 'form-status form-status-bad' : 'form-status'} role="status">
          {test.value.kind === 'busy' && t('ai.testing')}
          {test.value.kind === 'ok' && t('ai.test_ok', { count: test.value.count })}
          {test.value.kind === 'failed' && test.value.message}
        </span>
      </div>
    </form>
  );
}
