import { useApp } from '../app/context';
import type { App } from '../app/context';
import type { TerminalInfo } from '../core/api-types';
import { duration } from '../core/format';
import type { TerminalHost } from '../terminal/host';
import { PresenceButton } from './presence';
import { open_terminal } from './actions';

/** One line with what matters about the terminal in front; everything that is not about its content goes here. */
export function StatusBar({ host }: { host: TerminalHost | undefined }) {
  const app = useApp();
  const info = host && app.sessions.sessions.value.get(host.id);
  return (
    <footer class="status-bar">
      {host && info && (
        <>
          <Connection host={host} />
          <Place host={host} info={info} />
          <LastCommand host={host} info={info} />
          <span class="spacer" />
          <Control host={host} />
          <Size host={host} />
          <PresenceButton host={host} />
        </>
      )}
    </footer>
  );
}

function Connection({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const state = host.connection.value;
  if (state.phase === 'ended' && state.reason === 'denied') return <span class="pill pill-error">{t('terminal.denied')}</span>;
  if (state.phase === 'ended' && state.reason === 'removed') {
    return (
      <>
        <span class="pill pill-error" role="status">
          {t('terminal.removed')}
        </span>
        <button class="status-button" onClick={() => host.connect()}>
          {t('terminal.attach_again')}
        </button>
      </>
    );
  }
  if (state.phase === 'ended' && state.reason === 'gone') return <span class="pill pill-error">{t('terminal.gone')}</span>;
  if (!host.overdue.value) return null;
  return (
    <span class="pill pill-warn" role="status">
      <span class="spinner" aria-hidden="true" />
      {t(host.seen_live.value ? 'terminal.reconnecting' : 'terminal.connecting')}
    </span>
  );
}

function Place({ host, info }: { host: TerminalHost; info: TerminalInfo }) {
  const cwd = host.command.value?.cwd ?? info.cwd;
  const host_name = info.type === 'local' ? null : info.host;
  const text = [host_name, cwd].filter((part) => part !== null && part !== '').join(':');
  return text === '' ? null : (
    <span class="status-place" title={text}>
      <bdi>{text}</bdi>
    </span>
  );
}

function exit_text(app: App, host: TerminalHost, info: TerminalInfo): string {
  const { code, signal } = host.exit.value ?? { code: info.exit_code, signal: info.exit_signal ?? null };
  if (signal !== null && signal !== undefined) return app.t('terminal.exited_signal', { signal });
  return code === null || code === undefined ? app.t('terminal.exited_unknown') : app.t('terminal.exited', { code });
}

function LastCommand({ host, info }: { host: TerminalHost; info: TerminalInfo }) {
  const app = useApp();
  if (!info.alive) {
    return (
      <>
        <span class="pill pill-plain">{exit_text(app, host, info)}</span>
        <button class="status-button" onClick={() => app.run(open_terminal(app))}>
          {app.t('tabs.new')}
        </button>
      </>
    );
  }
  const command = host.command.value;
  if (command?.state === 'running') {
    return (
      <span class="status-running" title={app.t('terminal.running')}>
        <span class="dot dot-running" aria-hidden="true" />
        <span class="visually-hidden">{app.t('terminal.running')}</span>
      </span>
    );
  }
  if (command?.state !== 'prompt' || command.exit_code === null) return null;
  const took = command.duration_ms === null || command.duration_ms < 1000 ? '' : duration(command.duration_ms);
  return (
    <span class={command.exit_code === 0 ? 'status-exit status-ok' : 'status-exit status-bad'} title={app.t('terminal.exit_code', { code: command.exit_code })}>
      <span aria-hidden="true">{command.exit_code === 0 ? '✓' : `✗ ${command.exit_code}`}</span>
      <span class="visually-hidden">{app.t('terminal.exit_code', { code: command.exit_code })}</span>
      {took !== '' && <span> {took}</span>}
    </span>
  );
}

function Control({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const held_by = host.held_by.value;
  if (host.read_only.value) return <span class="pill pill-plain">{t('terminal.read_only')}</span>;
  if (held_by !== null && held_by === host.me.value) {
    return (
      <span class="control-held">
        <span class="control-text">{t('control.you')}</span>
        <button class="status-button" onClick={() => host.take_control(false)}>
          {t('control.release')}
        </button>
      </span>
    );
  }
  if (held_by !== null) {
    const name = host.viewers.value.find((viewer) => viewer.id === held_by)?.name ?? held_by;
    return <span class="pill pill-plain">{t('control.other', { name })}</span>;
  }
  return null;
}

function Size({ host }: { host: TerminalHost }) {
  const { t } = useApp();
  const text = t('terminal.size', { ...host.grid.value });
  return host.own_size.value ? (
    <span class="status-size">{text}</span>
  ) : (
    <span class="status-size status-size-other" title={t('terminal.size_other')}>
      {text}
    </span>
  );
}
