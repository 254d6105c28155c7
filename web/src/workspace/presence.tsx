import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { Presence } from '../core/attach-protocol';
import type { TerminalHost } from '../terminal/host';
import { EyeIcon, HandIcon } from '../ui/icons';

const faces_shown = 3;

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
  const kind = viewer.kind === 'agent' ? 'face face-agent' : 'face';
  return <span class={kind}>{[...viewer.name.trim()][0]?.toUpperCase() ?? '?'}</span>;
}

function PresenceList({ host, viewers }: { host: TerminalHost; viewers: readonly Presence[] }) {
  const { t } = useApp();
  const mine = host.held_by.value !== null && host.held_by.value === host.me.value;
  return (
    <div class="popover presence-list">
      <h2>{t('presence.title')}</h2>
      <ul>
        {viewers.map((viewer) => (
          <li key={viewer.id}>
            <Face viewer={viewer} />
            <span class="presence-name">{viewer.name}</span>
            <span class="presence-note">
              {[viewer.id === host.me.value && t('presence.you'), viewer.active && t('presence.active')].filter(Boolean).join(' · ')}
            </span>
            <span class="presence-size">{t('terminal.size', { cols: viewer.cols, rows: viewer.rows })}</span>
          </li>
        ))}
      </ul>
      {!host.read_only.value && (
        <button class="button button-small" onClick={() => host.take_control(!mine)}>
          <HandIcon /> {t(mine ? 'control.release' : 'control.take')}
        </button>
      )}
    </div>
  );
}
