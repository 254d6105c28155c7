import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import { by_program } from '../core/activity-feed';
import type { Activity } from '../core/api-types';
import { duration, format_time } from '../core/format';
import { outcome_text } from '../settings/audit-section';
import type { TerminalHost } from '../terminal/host';
import { Drawer } from '../ui/drawer';
import { HandIcon } from '../ui/icons';

/** What agents do and did, beside the terminal: who, what, where, how it ended. */
export function ActivityPanel({ host }: { host: TerminalHost | undefined }) {
  const app = useApp();
  const { t } = app;
  const here = useSignal(false);
  const everybody = useSignal(false);
  const shown = app.activity.activities.value.filter(
    (activity) => (everybody.value || by_program(activity)) && (!here.value || activity.terminal_id === host?.id),
  );
  return (
    <Drawer title={t('activity.title')}>
      <div class="activity-filters">
        {host && <Filter label={t('activity.here')} on={here.value} on_press={() => { here.value = !here.value; }} />}
        <Filter label={t('activity.everybody')} on={everybody.value} on_press={() => { everybody.value = !everybody.value; }} />
        <span class="spacer" />
        {host && <TakeControl host={host} />}
      </div>
      {shown.length === 0 ? (
        <p class="empty-note" role="status">{t('activity.none')}</p>
      ) : (
        <ul class="activity-list" aria-label={t('activity.title')}>
          {shown.map((activity) => <Row key={activity.id} activity={activity} />)}
        </ul>
      )}
      <footer class="activity-foot">
        <button class="button button-small" onClick={() => app.go({ page: 'settings', section: 'audit' })}>{t('activity.audit')}</button>
      </footer>
    </Drawer>
  );
}

function Filter({ label, on, on_press }: { label: string; on: boolean; on_press: () => void }) {
  return <button class={on ? 'history-filter history-filter-on' : 'history-filter'} aria-pressed={on} onClick={on_press}>{label}</button>;
}

/** The keyboard of the terminal in front: only for the person, or for whoever is let. */
function TakeControl({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  if (!host.owner.value) return null;
  const mine = host.held_by.value !== null && host.held_by.value === host.me.value;
  return (
    <button class="button button-small" aria-pressed={mine} onClick={() => host.take_control(!mine)}>
      <HandIcon /> {t(mine ? 'control.release' : 'control.take')}
    </button>
  );
}

function tone(activity: Activity): string {
  if (activity.running) return 'running';
  return activity.outcome === 'ok' && (activity.exit_code ?? 0) === 0 ? 'ok' : 'bad';
}

function Row({ activity }: { activity: Activity }) {
  const app = useApp();
  const { t } = app;
  const { terminal_id: terminal } = activity;
  const known = terminal !== null && app.sessions.sessions.value.has(terminal);
  const went = activity.running ? t('activity.running') : outcome_text(activity);
  const kind = tone(activity);
  const text = (
    <>
      <span class={`activity-dot activity-${kind}`} aria-hidden="true">{{ running: '●', ok: '✓', bad: '✗' }[kind]}</span>
      <span class="activity-text">
        <span class="activity-what">{activity.what === '' ? activity.method : activity.what}</span>
        <span class="activity-details">
          {[
            activity.who,
            activity.what === '' ? '' : activity.method,
            activity.terminal_name ?? terminal ?? '',
            went,
            activity.running || activity.duration_ms < 1000 ? '' : duration(activity.duration_ms),
            format_time(activity.time, app.language.value) ?? '',
          ].filter((part) => part !== '').join(' · ')}
        </span>
      </span>
    </>
  );
  if (!known) return <li class="activity-row">{text}</li>;
  return (
    <li>
      <button class="activity-row activity-go" title={t('activity.go')} onClick={() => app.tabs.activate(terminal)}>{text}</button>
    </li>
  );
}
