import type { App } from '../app/context';
import type { CreateTerminal, TerminalInfo } from '../core/api-types';
import { grid_for, type Grid } from '../core/fit';
import { estimate_cell, fonts_ready } from '../terminal/fonts';

/** What people do with terminals: open, close, rename. */

const usual_grid: Grid = { cols: 80, rows: 24 };

export function title_of(app: App, info: TerminalInfo): string {
  const names = [info.name, info.title.trim(), app.connections.get(info.connection_id)?.title ?? null, info.host];
  return names.find((name) => name !== null && name !== '') ?? app.t('tabs.shell');
}

export function agent_name(info: TerminalInfo): string | null {
  return info.created_by.startsWith('agent') ? info.created_by.slice('agent'.length + 1) || 'agent' : null;
}

/** The size the new terminal will have, so that its first prompt is drawn right. */
function likely_grid(app: App): Grid {
  const shown = app.hosts.get(app.tabs.active.value ?? '');
  if (shown) return shown.wanted.value;
  const area = document.querySelector('.terminal-area');
  if (!area) return usual_grid;
  const { font_size, line_height } = app.prefs.value;
  const room = { width: area.clientWidth - 28, height: area.clientHeight - 8 };
  return grid_for(room, estimate_cell(font_size, line_height)) ?? usual_grid;
}

let creating = false;

/** Opens a new terminal, here or on a connection's host, and brings it to the front. A second call while one is on its way does nothing. */
export async function open_terminal(app: App, where: Partial<CreateTerminal> = {}): Promise<void> {
  if (creating) return;
  creating = true;
  try {
    await fonts_ready();
    const info = await app.rpc.create_terminal({ ...likely_grid(app), ...where });
    app.sessions.upsert(info);
    app.tabs.activate(info.id);
  } finally {
    creating = false;
  }
}

export async function close_terminal(app: App, id: string): Promise<void> {
  const info = app.sessions.get(id);
  if (!info) return;
  const state = app.hosts.get(id)?.command.value?.state ?? info.state;
  if (state === 'running' && info.alive) {
    const sure = await app.dialogs.ask({
      title: app.t('tabs.confirm_title'),
      body: app.t('tabs.confirm_body', { title: title_of(app, info) }),
      confirm: app.t('common.close'),
      tone: 'danger',
    });
    if (!sure) return;
  }
  await app.rpc.close_terminal(id);
  app.sessions.remove(id);
}

export async function rename_terminal(app: App, id: string, name: string): Promise<void> {
  const info = app.sessions.get(id);
  if (!info || (info.name ?? '') === name) return;
  app.sessions.upsert(await app.rpc.update_terminal(id, { name }));
}

export function focus_active(app: App): void {
  app.hosts.get(app.tabs.active.value ?? '')?.screen.focus();
}
