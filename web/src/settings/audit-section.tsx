import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';
import type { AuditEntry, AuditFilter } from '../core/api-types';
import { duration, format_time } from '../core/format';
import { audit_query, query_text } from '../core/rpc-client';
import { TextField } from '../ui/field';

const pause_ms = 200;
const no_filter: AuditFilter = { who: '', method: '', terminal_id: '', failed: false };

/** What was done to this server, by whom, and how it ended. */
export function AuditSection() {
  const app = useApp();
  const { t } = app;
  const filter = useSignal<AuditFilter>(no_filter);
  const entries = useSignal<readonly AuditEntry[] | null>(null);
  const next = useSignal<number | null>(null);
  const problem = useSignal<string | null>(null);
  const { value: wanted } = filter;

  useEffect(() => {
    let stale = false;
    const timer = window.setTimeout(() => {
      app.rpc.audit(wanted, null).then(
        (page) => {
          if (stale) return;
          entries.value = page.entries;
          next.value = page.next_before;
          problem.value = null;
        },
        (error: unknown) => {
          if (!stale) problem.value = error instanceof Error ? error.message : String(error);
        },
      );
    }, pause_ms);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [wanted]);

  const more = async (): Promise<void> => {
    const page = await app.rpc.audit(wanted, next.value);
    // The filter may have changed meanwhile.
    if (filter.value !== wanted) return;
    entries.value = [...(entries.value ?? []), ...page.entries];
    next.value = page.next_before;
  };
  const change = (part: Partial<AuditFilter>): void => {
    filter.value = { ...filter.value, ...part };
  };

  return (
    <>
      <p class="settings-intro">{t('audit.intro')}</p>
      {problem.value !== null && (
        <div class="notice notice-error" role="alert">
          <span>{t('settings.load_failed', { message: problem.value })}</span>
        </div>
      )}
      <form class="audit-filter" onSubmit={(event) => event.preventDefault()}>
        <TextField label={t('audit.who')} value={wanted.who} placeholder="token:ci" on_input={(who) => change({ who })} />
        <TextField label={t('audit.method')} value={wanted.method} placeholder="terminal.exec" on_input={(method) => change({ method })} />
        <TextField label={t('audit.terminal')} value={wanted.terminal_id} on_input={(terminal_id) => change({ terminal_id })} />
        <label class="check">
          <input type="checkbox" checked={wanted.failed} onChange={(event) => change({ failed: event.currentTarget.checked })} />
          <span>{t('audit.failed')}</span>
        </label>
        <a class="button button-small" href={`/api/audit/export?${query_text(audit_query(wanted))}`} download="duotty-audit.jsonl">
          {t('audit.export')}
        </a>
      </form>
      {entries.value?.length === 0 && <p class="empty-note" role="status">{t('audit.none')}</p>}
      {entries.value && entries.value.length > 0 && <AuditTable entries={entries.value} />}
      {next.value !== null && (
        <button class="button" onClick={() => app.run(more())}>
          {t('audit.more')}
        </button>
      )}
    </>
  );
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  const { t, language } = useApp();
  return (
    <div class="table-scroll audit-table" tabIndex={0} role="region" aria-label={t('settings.audit')}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t('audit.when')}</th>
            <th scope="col">{t('audit.who')}</th>
            <th scope="col">{t('audit.method')}</th>
            <th scope="col">{t('audit.terminal')}</th>
            <th scope="col">{t('audit.outcome')}</th>
            <th scope="col">{t('audit.took')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td>{format_time(entry.time, language.value)}</td>
              <th scope="row" title={[entry.source, entry.client].filter((part) => part !== '').join(' · ')}>{entry.who}</th>
              <td title={entry.sha256 === null ? undefined : `SHA-256 ${entry.sha256}`}>{entry.method}</td>
              <td>{entry.terminal_name ?? entry.terminal_id ?? ''}</td>
              <td class={entry.outcome === 'ok' ? undefined : 'audit-failed'}>{outcome_text(entry)}</td>
              <td>{duration(entry.duration_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** "ok", "completed, 1", "denied". */
export function outcome_text(entry: { outcome: string | null; status: string | null; exit_code: number | null }): string {
  if (entry.outcome !== 'ok') return entry.outcome ?? '';
  if (entry.exit_code !== null) return `${entry.status ?? 'ok'}, ${entry.exit_code}`;
  return entry.status ?? 'ok';
}
