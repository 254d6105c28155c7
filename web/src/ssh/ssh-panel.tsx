import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import type { Connection } from '../core/ssh-api';
import { all_tags, grouped, type ConnectionOrder } from '../core/ssh-list';
import { format_target, parse_target, type Target } from '../core/ssh-target';
import { Drawer } from '../ui/drawer';
import { DownIcon, PlusIcon, TerminalIcon } from '../ui/icons';
import '../style/ssh.css';
import { ConnectionEditor } from './connection-editor';
import { ConnectionRow } from './connection-row';
import { ForwardsDialog } from './forwards-dialog';
import { ImportDialog } from './import-dialog';
import { QuickConnect } from './quick-connect';
import { RunbookDialog } from './runbook-dialog';
import { TestDialog } from './test-dialog';

/** The window that stands over the list. */
export type SshWindow =
  | { kind: 'edit'; connection: Connection | null; like?: Connection; target?: Target }
  | { kind: 'quick'; target: Target }
  | { kind: 'test' | 'runbook' | 'forwards'; connection: Connection }
  | { kind: 'import' };

/** The stored connections: found by words and tags, in groups, and what one does with them. */
export function SshPanel() {
  const app = useApp();
  const { t } = app;
  const words = useSignal('');
  const tag = useSignal<string | null>(null);
  const order = useSignal<ConnectionOrder>('name');
  const shown = useSignal<SshWindow | null>(null);
  const failed = useSignal<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const find = useRef<HTMLInputElement>(null);

  const load = (): void => {
    failed.value = null;
    app.connections.reload().catch((error: unknown) => {
      failed.value = error instanceof Error ? error.message : String(error);
    });
  };
  useEffect(load, []);

  const connections = app.connections.list.value;
  const tags = all_tags(connections ?? []);
  const groups = grouped(connections ?? [], { words: words.value, tag: tag.value !== null && tags.includes(tag.value) ? tag.value : null, order: order.value });
  const target = parse_target(words.value);

  /** Up and down go from one connection to the next, past what each of them offers. */
  const on_key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('.connection-open') ?? [])];
    const at = rows.findIndex((row) => row.parentElement?.contains(document.activeElement));
    rows[at === -1 && step === 1 ? 0 : at + step]?.focus();
    event.preventDefault();
  };

  const close = (): void => {
    shown.value = null;
  };
  return (
    <Drawer
      title={t('ssh.title')}
      start={find}
      tools={
        <>
          <button class="button button-small" onClick={() => { shown.value = { kind: 'import' }; }}>{t('ssh.import')}</button>
          <button class="button button-small" onClick={() => { shown.value = { kind: 'edit', connection: null }; }}><PlusIcon /> {t('ssh.add')}</button>
        </>
      }
    >
      <div class="drawer-body" onKeyDown={on_key}>
        <div class="ssh-find">
          <input
            ref={find}
            class="input"
            type="text"
            aria-label={t('ssh.find')}
            placeholder={t('ssh.find')}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            value={words.value}
            onInput={(event) => { words.value = event.currentTarget.value; }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.isComposing || !target) return;
              // Else the key also presses the button that gets the focus.
              event.preventDefault();
              shown.value = { kind: 'quick', target };
            }}
          />
          <div class="select ssh-order">
            <select class="input" aria-label={t('ssh.order')} value={order.value} onChange={(event) => { order.value = event.currentTarget.value as ConnectionOrder; }}>
              <option value="name">{t('ssh.order_name')}</option>
              <option value="used">{t('ssh.order_used')}</option>
            </select>
            <DownIcon />
          </div>
        </div>
        {tags.length > 0 && <Tags tags={tags} chosen={tag} />}
        {target && (
          <button class="button ssh-quick" onClick={() => { shown.value = { kind: 'quick', target }; }}>
            <TerminalIcon /> {t('ssh.quick', { target: format_target(target) })}
          </button>
        )}
        {failed.value !== null && (
          <div class="notice notice-error" role="alert">
            <span>{t('settings.load_failed', { message: failed.value })}</span>
            <button class="button button-small" onClick={load}>{t('settings.retry')}</button>
          </div>
        )}
        <div ref={list} class="connection-list">
          {groups.map((group) => (
            <section key={group.name} aria-label={group.name === '' ? t('ssh.title') : group.name}>
              {group.name !== '' && <h3 class="connection-group">{group.name}</h3>}
              <ul>
                {group.connections.map((connection) => (
                  <ConnectionRow key={connection.id} connection={connection} on_show={(next) => { shown.value = next; }} />
                ))}
              </ul>
            </section>
          ))}
        </div>
        {connections && groups.length === 0 && (
          <p class="empty-note" role="status">{t(connections.length === 0 ? 'ssh.none' : 'ssh.none_found')}</p>
        )}
      </div>
      <Windows shown={shown.value} on_close={close} />
    </Drawer>
  );
}

function Tags({ tags, chosen }: { tags: readonly string[]; chosen: Signal<string | null> }) {
  const { t } = useApp();
  return (
    <div class="ssh-tags" role="group" aria-label={t('ssh.tags')}>
      {tags.map((tag) => (
        <button
          key={tag}
          class={chosen.value === tag ? 'history-filter history-filter-on' : 'history-filter'}
          aria-pressed={chosen.value === tag}
          onClick={() => { chosen.value = chosen.value === tag ? null : tag; }}
        >
          {tag}
        </button>
      ))}
    </div>
  );
}

function Windows({ shown, on_close }: { shown: SshWindow | null; on_close: () => void }) {
  switch (shown?.kind) {
    case 'edit':
      return <ConnectionEditor stored={shown.connection} like={shown.like} target={shown.target} on_close={on_close} />;
    case 'quick':
      return <QuickConnect target={shown.target} on_close={on_close} />;
    case 'test':
      return <TestDialog connection={shown.connection} on_close={on_close} />;
    case 'runbook':
      return <RunbookDialog connection={shown.connection} on_close={on_close} />;
    case 'forwards':
      return <ForwardsDialog connection={shown.connection} on_close={on_close} />;
    case 'import':
      return <ImportDialog on_close={on_close} />;
    case undefined:
      return null;
  }
}
