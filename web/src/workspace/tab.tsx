import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app/context';
import type { TerminalInfo } from '../core/api-types';
import { css_color } from '../core/ssh-list';
import { check_terminal_name } from '../core/settings-form';
import { AgentIcon, CloseIcon } from '../ui/icons';
import { agent_name, close_terminal, focus_active, rename_terminal, title_of } from './actions';

interface TabProps {
  info: TerminalInfo;
  index: number;
  count: number;
  front: boolean;
  tab_stop: boolean;
  renaming: boolean;
  on_rename: (on: boolean) => void;
  on_focus: () => void;
  on_drag: (event: PointerEvent) => void;
}

export function Tab({ info, index, count, front, tab_stop, renaming, on_rename, on_focus, on_drag }: TabProps) {
  const app = useApp();
  const { t } = app;
  const title = title_of(app, info);
  const agent = agent_name(info);
  const news = app.tabs.news.value.has(info.id);
  const classes = ['tab', front && 'tab-front', !info.alive && 'tab-exited', news && 'tab-news'].filter(Boolean).join(' ');
  const connection = app.connections.get(info.connection_id);
  const color = connection ? css_color(connection.color) : null;
  const host = info.type === 'local' || info.host === null ? null : info.username === null ? info.host : `${info.username}@${info.host}`;
  const notes = [host !== null && host !== title && t('tabs.on_host', { host }), agent !== null && t('tabs.agent', { name: agent }), !info.alive && t('tabs.exited'), news && t('tabs.news')].filter(Boolean);

  const activate = (): void => {
    app.tabs.activate(info.id);
    focus_active(app);
  };

  const show_menu = (at: { x: number; y: number }, back: HTMLElement | null): void => {
    app.menus.show(at, t('tabs.menu'), [
      { label: t('tabs.rename'), run: () => on_rename(true) },
      { label: t('tabs.move_left'), run: () => app.tabs.move(info.id, index - 1), disabled: index === 0 },
      { label: t('tabs.move_right'), run: () => app.tabs.move(info.id, index + 1), disabled: index === count - 1 },
      { label: t('tabs.close_others'), run: () => close_others(), disabled: count < 2 },
      { label: t('tabs.close_short'), run: () => app.run(close_terminal(app, info.id)), tone: 'danger' },
    ], back);
  };

  const close_others = (): void => {
    const others = app.tabs.tabs.value.filter((tab) => tab.id !== info.id);
    app.tabs.activate(info.id);
    app.run(others.reduce((before, tab) => before.then(() => close_terminal(app, tab.id)), Promise.resolve()));
  };

  return (
    <div
      class={classes}
      role="presentation"
      data-id={info.id}
      onPointerDown={(event) => {
        if (!renaming) on_drag(event);
      }}
      onMouseDown={(event) => {
        // The middle button would start the browser's scrolling.
        if (event.button === 1) event.preventDefault();
      }}
      onAuxClick={(event) => {
        if (event.button === 1) app.run(close_terminal(app, info.id));
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        const button = event.currentTarget.querySelector<HTMLElement>('[role=tab]');
        const box = event.currentTarget.getBoundingClientRect();
        const by_keyboard = event.clientX === 0 && event.clientY === 0;
        show_menu(by_keyboard ? { x: box.left, y: box.bottom } : { x: event.clientX, y: event.clientY }, button);
      }}
    >
      {color !== null && <span class="tab-color" style={{ background: color }} aria-hidden="true" />}
      {agent !== null && (
        <span class="tab-agent" title={t('tabs.agent', { name: agent })}>
          <AgentIcon />
        </span>
      )}
      {renaming ? (
        <RenameField info={info} on_done={() => on_rename(false)} />
      ) : (
        <button
          class="tab-button"
          role="tab"
          id={`tab-${info.id}`}
          aria-selected={front}
          aria-controls={`panel-${info.id}`}
          aria-label={[title, ...notes].join(', ')}
          title={[title, ...notes].join('\n')}
          tabIndex={tab_stop ? 0 : -1}
          onClick={activate}
          onDblClick={() => on_rename(true)}
          onFocus={on_focus}
        >
          <span class="tab-title">{title}</span>
          {host !== null && info.host !== title && <span class="tab-host" data-host={info.host} aria-hidden="true" />}
          {news && <span class="dot dot-news" aria-hidden="true" />}
        </button>
      )}
      <button class="tab-close" tabIndex={-1} aria-label={t('tabs.close', { title })} onClick={() => app.run(close_terminal(app, info.id))}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** Enter or leaving the field keeps the name, Escape does not. */
function RenameField({ info, on_done }: { info: TerminalInfo; on_done: () => void }) {
  const app = useApp();
  const ref = useRef<HTMLInputElement>(null);
  const [name, set_name] = useState(info.name ?? '');
  const finished = useRef(false);
  const problem = check_terminal_name(name.trim());

  useLayoutEffect(() => {
    ref.current?.focus();
    ref.current?.select();
  }, []);

  const finish = (keep: boolean): void => {
    if (finished.current) return;
    finished.current = true;
    on_done();
    if (keep) app.run(rename_terminal(app, info.id, name.trim()));
    focus_active(app);
  };

  return (
    <input
      ref={ref}
      class="tab-rename"
      value={name}
      maxLength={128}
      spellcheck={false}
      placeholder={title_of(app, info)}
      aria-label={app.t('tabs.rename_label')}
      aria-invalid={problem !== null}
      title={problem ? app.t(problem) : undefined}
      onInput={(event) => set_name(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') finish(false);
        if (event.key !== 'Enter' || event.isComposing) return;
        if (problem) app.toasts.error(app.t(problem));
        else finish(true);
      }}
      onBlur={() => finish(problem === null)}
    />
  );
}
