import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { ServerSettings } from '../core/api-types';
import { check_history, history_change, history_form, history_ranges, type HistoryForm, type Problems } from '../core/settings-form';
import { TextField, Toggle } from '../ui/field';
import { LoadProblem, useLoaded } from './loaded';

export function HistorySection() {
  const app = useApp();
  const { t } = app;
  const loaded = useLoaded(() => app.rpc.settings());
  const settings = loaded.value.value;

  const delete_all = async (): Promise<void> => {
    const sure = await app.dialogs.ask({
      title: t('keep.delete_title'),
      body: t('keep.delete_body'),
      confirm: t('common.delete'),
      tone: 'danger',
    });
    if (!sure) return;
    const count = await app.rpc.delete_commands();
    app.toasts.show(t('keep.deleted', { count }));
  };

  return (
    <>
      <p class="settings-intro">{t('keep.intro')}</p>
      <LoadProblem loaded={loaded} />
      {settings && <HistoryEditor settings={settings} on_saved={loaded.reload} />}
      <div class="form">
        <h2>{t('keep.delete_title')}</h2>
        <div class="form-buttons">
          <button type="button" class="button button-danger" onClick={() => app.run(delete_all())}>
            {t('keep.delete')}
          </button>
        </div>
      </div>
    </>
  );
}

function HistoryEditor({ settings, on_saved }: { settings: ServerSettings; on_saved: () => void }) {
  const app = useApp();
  const { t } = app;
  const form = useSignal<HistoryForm>(history_form(settings));
  const problems = useSignal<Problems<keyof HistoryForm>>({});
  const saving = useSignal(false);
  const stored = settings.command_history ?? true;

  const change = (part: Partial<HistoryForm>): void => {
    form.value = { ...form.value, ...part };
    const wrong = check_history(form.value);
    problems.value = Object.fromEntries(Object.entries(problems.value).filter(([field]) => field in wrong));
  };
  const toggle = async (part: Partial<ServerSettings>): Promise<void> => {
    await app.rpc.save_settings(part);
    app.toasts.show(t('common.saved'));
    on_saved();
  };
  const save = async (): Promise<void> => {
    problems.value = check_history(form.value);
    if (Object.keys(problems.value).length > 0) return;
    saving.value = true;
    try {
      await app.rpc.save_settings(history_change(form.value, settings));
      app.toasts.show(t('common.saved'));
      on_saved();
    } finally {
      saving.value = false;
    }
  };
  const field = (name: keyof HistoryForm) => (
    <TextField
      label={t(`keep.${name}`)}
      hint={t(`keep.${name}_hint`)}
      type="number"
      step={1}
      {...history_ranges[name]}
      value={form.value[name]}
      problem={problems.value[name] && t('error.range_of', { ...history_ranges[name] })}
      on_input={(typed) => change({ [name]: typed })}
    />
  );

  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        app.run(save());
      }}
    >
      <Toggle label={t('keep.store')} hint={t('keep.store_hint')} checked={stored} on_change={(command_history) => app.run(toggle({ command_history }))} />
      <Toggle
        label={t('keep.outputs')}
        hint={t('keep.outputs_hint')}
        checked={settings.history_outputs ?? true}
        on_change={(history_outputs) => app.run(toggle({ history_outputs }))}
      />
      {field('days')}
      {field('commands')}
      {field('megabytes')}
      <div class="form-buttons">
        <button type="submit" class="button button-primary" disabled={saving.value}>
          {t('common.save')}
        </button>
      </div>
    </form>
  );
}
