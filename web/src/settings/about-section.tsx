import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { App } from '../app/context';
import { CopyIcon } from '../ui/icons';
import { LoadProblem, useLoaded } from './loaded';

export function AboutSection() {
  const app = useApp();
  const { t } = app;
  const info = useLoaded(() => app.rpc.server_info());
  return (
    <>
      <LoadProblem loaded={info} />
      <dl class="facts">
        <div>
          <dt>{t('about.version')}</dt>
          <dd>{info.value.value ? `${info.value.value.name} ${info.value.value.version}` : '…'}</dd>
        </div>
        <div>
          <dt>{t('about.docs')}</dt>
          <dd>
            <a href="/api/agent/http.md" target="_blank" rel="noopener">{t('about.docs')}</a>
            {' · '}
            <a href="/api/openapi.json" target="_blank" rel="noopener">{t('about.api')}</a>
          </dd>
        </div>
        <div>
          <dt>{t('about.export')}</dt>
          <dd>
            <button class="button button-small" onClick={() => app.run(export_settings(app))}>
              {t('about.export')}
            </button>
            <p class="field-hint">{t('about.export_hint')}</p>
          </dd>
        </div>
        <AgentToken />
      </dl>
      {app.auth.status.value?.local === false && (
        <button class="button" onClick={() => app.run(app.auth.logout())}>
          {t('about.sign_out')}
        </button>
      )}
    </>
  );
}

async function export_settings(app: App): Promise<void> {
  const settings = await app.rpc.export_settings();
  const url = URL.createObjectURL(new Blob([JSON.stringify(settings, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'duotty-config.json';
  link.click();
  URL.revokeObjectURL(url);
}

function AgentToken() {
  const app = useApp();
  const { t } = app;
  const token = useSignal<string | null>(null);
  const show = async (): Promise<void> => {
    token.value = await app.rpc.reveal_agent_token();
  };
  return (
    <div>
      <dt>{t('about.agent_token')}</dt>
      <dd>
        {token.value === null ? (
          <button class="button button-small" onClick={() => app.run(show())}>
            {t('about.agent_token_show')}
          </button>
        ) : (
          <span class="revealed">
            <code>{token.value}</code>
            <button class="button button-small" onClick={() => app.copy(token.value ?? '')}>
              <CopyIcon /> {t('common.copy')}
            </button>
          </span>
        )}
        <p class="field-hint">{t('about.agent_token_hint')}</p>
      </dd>
    </div>
  );
}
