import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { AccessRequest } from '../core/api-types';
import { scope_names } from '../settings/token-creator';
import type { TokenScope } from '../core/settings-form';

const hour = 3600;
const day = 24 * hour;
const spans = [7, 30, 90];

/** Agents that ask to be let in: the person sees who, from where and what for, and decides. */
export function AccessCards() {
  const app = useApp();
  const requests = app.activity.requests.value;
  if (requests.length === 0) return null;
  return (
    <section class="access-cards" aria-label={app.t('access.title')} aria-live="polite">
      {requests.map((request) => <Card key={request.request_id} request={request} />)}
    </section>
  );
}

function Card({ request }: { request: AccessRequest }) {
  const app = useApp();
  const { t } = app;
  const scopes = useSignal<readonly string[]>(request.scopes);
  const days = useSignal(30);
  const busy = useSignal(false);

  const decide = async (allow: boolean, seconds: number): Promise<void> => {
    busy.value = true;
    try {
      await app.rpc.decide_access(request.request_id, allow ? { allow, scopes: scopes.value, expires_in_seconds: seconds } : { allow });
      app.activity.decided(request.request_id);
      if (allow) app.toasts.show(t('access.allowed', { name: request.name }));
    } finally {
      busy.value = false;
    }
  };
  const toggle = (scope: string, on: boolean): void => {
    scopes.value = request.scopes.filter((other) => (other === scope ? on : scopes.value.includes(other)));
  };
  const title = `access-${request.request_id}`;
  const unable = busy.value || scopes.value.length === 0;
  return (
    <article class="access-card" aria-labelledby={title}>
      <h2 id={title}>{t('access.asks', { name: request.name })}</h2>
      <p class="access-code">{t('access.code')} <code>{request.code}</code></p>
      {request.reason !== '' && <p class="access-reason">“{request.reason}”</p>}
      <p class="access-from">{[request.source === '' ? t('access.this_machine') : request.source, request.client].filter((part) => part !== '').join(' · ')}</p>
      <fieldset class="access-scopes">
        <legend>{t('tokens.scopes')}</legend>
        {request.scopes.map((scope) => (
          <label key={scope} class="check">
            <input type="checkbox" checked={scopes.value.includes(scope)} onChange={(event) => toggle(scope, event.currentTarget.checked)} />
            <span>{t(scope_names[scope as TokenScope])}</span>
          </label>
        ))}
      </fieldset>
      <div class="access-buttons">
        <button class="button button-primary" disabled={unable} title={t('access.once_hint')} onClick={() => app.run(decide(true, hour))}>{t('access.once')}</button>
        <span class="access-for">
          <button class="button" disabled={unable} onClick={() => app.run(decide(true, days.value * day))}>{t('access.allow_for')}</button>
          <select class="input" aria-label={t('access.how_long')} value={String(days.value)} onChange={(event) => { days.value = Number(event.currentTarget.value); }}>
            {spans.map((span) => <option key={span} value={String(span)}>{t('access.days', { days: span })}</option>)}
          </select>
        </span>
        <button class="button button-danger-quiet" disabled={busy.value} onClick={() => app.run(decide(false, hour))}>{t('access.deny')}</button>
      </div>
    </article>
  );
}
