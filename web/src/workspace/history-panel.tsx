import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { CommandInfo } from '../core/api-types';
import { first_line, glyph_of, tone_of } from '../core/blocks';
import { duration, format_time } from '../core/format';
import type { TerminalHost } from '../terminal/host';
import { CloseIcon } from '../ui/icons';
import { copy_output, put_command } from './block-actions';

const pause_ms = 120;

/** All commands of all terminals: words find them, Enter puts one on the input line. */
export function HistoryPanel({ host }: { host: TerminalHost | undefined }) {
  const app = useApp();
  const { t } = app;
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const text = useSignal('');
  const failed = useSignal(false);
  const here = useSignal(false);
  const output = useSignal(false);
  const found = useSignal<readonly CommandInfo[] | null>(null);
  const at = useSignal(0);

  useLayoutEffect(() => {
    if (dialog.current && !dialog.current.open) dialog.current.showModal();
  }, []);

  const { value: words } = text;
  useEffect(() => {
    let stale = false;
    const timer = window.setTimeout(() => {
      app.run(
        app.rpc.commands({ q: words, failed: failed.value, output: output.value, terminal_id: here.value ? host?.id : undefined }).then((commands) => {
          if (stale) return;
          found.value = commands;
          at.value = 0;
        }),
      );
    }, pause_ms);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [words, failed.value, here.value, output.value, host?.id]);

  const close = (): void => {
    app.history_open.value = false;
    host?.screen.focus();
  };
  const use = (command: CommandInfo): void => {
    close();
    if (host && !host.read_only.value) app.run(put_command(app, host, command.output_ref, command.command));
    else app.copy(command.command);
  };
  const commands = found.value ?? [];
  const selected = commands[at.value];
  const select = (index: number): void => {
    at.value = Math.max(0, Math.min(commands.length - 1, index));
    list.current?.children[at.value]?.scrollIntoView({ block: 'nearest' });
  };
  const on_key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step !== undefined) select(at.value + step);
    else if (event.key === 'Enter' && !event.isComposing && selected) {
      if (event.ctrlKey || event.metaKey) app.run(copy_output(app, selected.output_ref));
      else use(selected);
    } else return;
    event.preventDefault();
  };

  return (
    <dialog
      ref={dialog}
      class="dialog history"
      aria-label={t('history.title')}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div class="history-head">
        <input
          class="input"
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="history-list"
          aria-activedescendant={commands.length > 0 ? `history-${at.value}` : undefined}
          aria-label={t('history.title')}
          placeholder={t('history.placeholder')}
          spellcheck={false}
          autocomplete="off"
          autofocus
          value={text.value}
          onInput={(event) => { text.value = event.currentTarget.value; }}
          onKeyDown={on_key}
        />
        <Filter label={t('history.failed')} on={failed.value} on_press={() => { failed.value = !failed.value; }} />
        <Filter label={t('history.output')} on={output.value} on_press={() => { output.value = !output.value; }} />
        {host && <Filter label={t('history.here')} on={here.value} on_press={() => { here.value = !here.value; }} />}
        <button class="icon-button" aria-label={t('common.close')} onClick={close}><CloseIcon /></button>
      </div>
      <ul ref={list} id="history-list" class="history-list" role="listbox" aria-label={t('history.title')}>
        {commands.map((command, index) => (
          <Row key={command.output_ref} command={command} index={index} selected={index === at.value} on_use={() => use(command)} />
        ))}
      </ul>
      <div class="history-foot">
        <span role="status">{found.value !== null && commands.length === 0 ? t('history.none') : t('history.hint')}</span>
        {selected && (
          <button class="button button-small" onClick={() => app.run(copy_output(app, selected.output_ref))}>
            {t('block.copy_output')}
          </button>
        )}
      </div>
    </dialog>
  );
}

function Filter({ label, on, on_press }: { label: string; on: boolean; on_press: () => void }) {
  return <button class={on ? 'history-filter history-filter-on' : 'history-filter'} aria-pressed={on} onClick={on_press}>{label}</button>;
}

function Row({ command, index, selected, on_use }: { command: CommandInfo; index: number; selected: boolean; on_use: () => void }) {
  const app = useApp();
  const details = [
    command.terminal_name === '' ? command.terminal_id : command.terminal_name,
    command.cwd,
    command.by === 'human' ? '' : command.by,
    command.duration_ms === null ? '' : duration(command.duration_ms),
    format_time(command.started, app.language.value) ?? '',
  ];
  return (
    <li id={`history-${index}`} class={selected ? 'history-row history-row-on' : 'history-row'} role="option" aria-selected={selected} onClick={on_use}>
      <span class={`history-result block-${tone_of(command)}`} aria-hidden="true">{glyph_of(command)}</span>
      <span class="history-text">
        <span class="history-command">{first_line(command.command)}</span>
        {typeof command.excerpt === 'string' && <span class="history-excerpt">{command.excerpt}</span>}
        <span class="history-details">{details.filter((part) => part !== '').join(' · ')}</span>
      </span>
    </li>
  );
}
