import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { Presence, SizePolicy } from '../core/attach-protocol';
import { duration } from '../core/format';
import type { TerminalHost } from '../terminal/host';
import { EyeIcon, HandIcon } from '../ui/icons';

const faces_shown = 3;
/** Shorter than that is no news. */
const idle_after_ms = 60_000;

/** Who looks at this terminal, and the switch that keeps agents off it. */
export function PresenceButton({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const open = useSignal(false);
  const ref = useRef<HTMLDivElement>(null);
  const viewers = host.viewers.value;

  useEffect(() => {
    if (!open.value) return;
    const on_press = (event: Event): void => {
      if (event.target instanceof Node && ref.current?.contains(event.target)) return;
      open.value = false;
    };
    window.addEventListener('pointerdown', on_press, { capture: true });
    return () => window.removeEventListener('pointerdown', on_press, { capture: true });
  }, [open.value]);

  const others = viewers.filter((viewer) => viewer.id !== host.me.value);
  const label = t('presence.count', { count: viewers.length });
  return (
    <div
      ref={ref}
      class="presence"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && open.value) {
          event.stopPropagation();
          open.value = false;
        }
      }}
    >
      <button class="status-button presence-button" aria-expanded={open.value} aria-label={label} title={label} onClick={() => (open.value = !open.value)}>
        {others.length === 0 ? (
          <EyeIcon />
        ) : (
          <span class="faces" aria-hidden="true">
            {others.slice(0, faces_shown).map((viewer) => (
              <Face key={viewer.id} viewer={viewer} />
            ))}
          </span>
        )}
        <span class="presence-count">{Math.max(1, viewers.length)}</span>
      </button>
      {open.value && <PresenceList host={host} viewers={viewers} />}
    </div>
  );
}

function Face({ viewer }: { viewer: Presence }) {
  const kind = viewer.kind === 'agent' || viewer.role === 'agent' ? 'face face-agent' : 'face';
  // Drawn by the style sheet: a letter is a picture here, and no part of what the button is called.
  return <span class={kind} data-initial={[...viewer.name.trim()][0]?.toUpperCase() ?? '?'} />;
}

const policies: readonly SizePolicy[] = ['active', 'smallest', 'largest', 'fixed'];

function PresenceList({ host, viewers }: { host: TerminalHost; viewers: readonly Presence[] }) {
  const { t } = useApp();
  const mine = host.held_by.value !== null && host.held_by.value === host.me.value;
  return (
    <div class="popover presence-list" role="group" aria-label={t('presence.title')}>
      <h2>{t('presence.title')}</h2>
      <ul>
        {viewers.map((viewer) => (
          <ViewerRow key={viewer.id} host={host} viewer={viewer} />
        ))}
      </ul>
      {host.manages.value && (
        <label class="presence-policy">
          <span>{t('size_policy.label')}</span>
          <select
            value={host.size_policy.value}
            onChange={(event) => {
              const chosen = policies.find((policy) => policy === event.currentTarget.value);
              if (chosen) host.set_size_policy(chosen);
            }}
          >
            {policies.map((policy) => (
              <option key={policy} value={policy}>
                {t(`size_policy.${policy}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {host.owner.value && (
        <button class="button button-small" aria-pressed={mine} onClick={() => host.take_control(!mine)}>
          <HandIcon /> {t(mine ? 'control.release' : 'control.take')}
        </button>
      )}
    </div>
  );
}

function ViewerRow({ host, viewer }: { host: TerminalHost; viewer: Presence }) {
  const app = useApp();
  const { t } = app;
  const me = viewer.id === host.me.value;
  const quiet = viewer.last_activity === undefined ? 0 : Date.now() - viewer.last_activity * 1000;
  const notes = [
    me && t('presence.you'),
    viewer.role === 'viewer' && t('terminal.read_only'),
    viewer.role === 'agent' && t('presence.agent'),
    viewer.id === host.held_by.value && t('presence.controls'),
    viewer.active && t('presence.active'),
    quiet > idle_after_ms && t('presence.idle', { time: duration(quiet) }),
  ];
  return (
    <li>
      <Face viewer={viewer} />
      <span class="presence-name">{viewer.name}</span>
      <span class="presence-note">{notes.filter(Boolean).join(' · ')}</span>
      <span class="presence-size">{t('terminal.size', { cols: viewer.cols, rows: viewer.rows })}</span>
      {host.owner.value && !me && (
        <button
          class="status-button presence-kick"
          aria-label={t('presence.kick', { name: viewer.name })}
          title={t('presence.kick', { name: viewer.name })}
          onClick={() => app.run(app.rpc.kick_viewer(host.id, viewer.id))}
        >
          ×
        </button>
      )}
    </li>
  );
}
