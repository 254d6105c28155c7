import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { TokenInfo } from '../core/api-types';
import { format_time } from '../core/format';
import { CopyIcon } from '../ui/icons';
import { LoadProblem, useLoaded } from './loaded';
import { TokenCreator } from './token-creator';

export function TokensSection() {
  const app = useApp();
  const { t } = app;
  const loaded = useLoaded(() => app.rpc.tokens());
  const fresh = useSignal<{ name: string; token: string } | null>(null);

  const revoke = async (token: TokenInfo): Promise<void> => {
    const sure = await app.dialogs.ask({
      title: t('tokens.revoke_title'),
      body: t('tokens.revoke_body', { name: token.name }),
      confirm: t('tokens.revoke'),
      tone: 'danger',
    });
    if (!sure) return;
    await app.rpc.revoke_token(token.id);
    loaded.reload();
  };

  const list = loaded.value.value;
  return (
    <>
      <p class="settings-intro">{t('tokens.intro')}</p>
      <LoadProblem loaded={loaded} />
      {fresh.value && <FreshToken value={fresh.value} on_close={() => (fresh.value = null)} />}
      {list?.length === 0 && <p class="empty-note">{t('tokens.none')}</p>}
      {list && list.length > 0 && <TokenTable tokens={list} on_revoke={(token) => app.run(revoke(token))} />}
      <TokenCreator
        on_created={(created) => {
          fresh.value = created;
          loaded.reload();
        }}
      />
    </>
  );
}

/** The only time a token's value is shown. */
function FreshToken({ value, on_close }: { value: { name: string; token: string }; on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  return (
    <div class="notice notice-good" role="status">
      <div class="fresh-token">
        <strong>{value.name}</strong>
        <span>{t('tokens.once')}</span>
        <code aria-label={t('tokens.new_value')}>{value.token}</code>
      </div>
      <button class="button button-small" onClick={() => app.copy(value.token)}>
        <CopyIcon /> {t('common.copy')}
      </button>
      <button class="button button-small" onClick={on_close}>
        {t('common.close')}
      </button>
    </div>
  );
}

function TokenTable({ tokens, on_revoke }: { tokens: readonly TokenInfo[]; on_revoke: (token: TokenInfo) => void }) {
  const { t, language } = useApp();
  const when = (time: TokenInfo['created_at']): string => format_time(time, language.value) ?? t('common.never');
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('tokens.name')}</th>
            <th scope="col">{t('tokens.scopes')}</th>
            <th scope="col">{t('tokens.expires')}</th>
            <th scope="col">{t('tokens.last_used')}</th>
            <th scope="col"><span class="visually-hidden">{t('tokens.actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              <td>{token.scopes.join(', ')}</td>
              <td>{when(token.expires_at)}</td>
              <td>{when(token.last_used_at)}</td>
              <td>
                <button class="button button-small button-danger-quiet" aria-label={t('tokens.revoke_label', { name: token.name })} onClick={() => on_revoke(token)}>
                  {t('tokens.revoke')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
