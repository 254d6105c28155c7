import { find_command, type Command } from '../core/keymap';
import { default_prefs } from '../core/prefs';
import { close_terminal, open_terminal } from '../workspace/actions';
import { jump_to_command, open_block_menu } from '../workspace/block-actions';
import type { TerminalHost } from '../terminal/host';
import type { App } from './context';
import { is_mac } from './platform';

/** Listens before the emulator does, so that a shortcut never reaches the program as well. */
export function listen_for_shortcuts(app: App): void {
  window.addEventListener('keydown', (event) => on_key(app, event), { capture: true });
}

function on_key(app: App, event: KeyboardEvent): void {
  if (app.auth.phase.value !== 'in' || app.dialogs.open.value || app.history_open.value || event.isComposing) return;
  // A window over the page has its own keys.
  if (document.querySelector('dialog[open]')) return;
  const in_terminal = event.target instanceof Element && event.target.closest('.screen') !== null;
  if (event.key === 'Escape' && in_terminal && cancel_ask(app)) {
    take(event);
    return;
  }
  const command = find_command(event, { mac: is_mac, alt_shortcuts: app.prefs.value.alt_shortcuts });
  if (!command) return;
  if (command.name === 'paste') {
    // The browser pastes by itself; the emulator must not see the key.
    if (in_terminal) event.stopPropagation();
    return;
  }
  if (run(app, command, in_terminal)) take(event);
}

function take(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

function cancel_ask(app: App): boolean {
  const host = app.hosts.get(app.tabs.active.value ?? '');
  if (!host?.asking.value) return false;
  host.cancel_ask();
  return true;
}

/** Returns false if the key is not for us here. */
function run(app: App, command: Command, in_terminal: boolean): boolean {
  const in_workspace = app.route.value.page !== 'settings';
  const active = app.tabs.active.value;
  switch (command.name) {
    case 'settings':
      app.go({ page: 'settings', section: 'ai' });
      return true;
    case 'copy':
      return in_terminal && copy_selection(app);
    default:
      if (!in_workspace) return false;
  }
  switch (command.name) {
    case 'new_tab':
      app.run(open_terminal(app));
      return true;
    case 'close_tab':
      if (active !== null) app.run(close_terminal(app, active));
      return true;
    case 'next_tab':
      app.tabs.step(1);
      return true;
    case 'previous_tab':
      app.tabs.step(-1);
      return true;
    case 'go_to_tab':
      app.tabs.activate_at(command.index);
      return true;
    case 'search':
      app.searching.value = true;
      return true;
    case 'history':
      app.history_open.value = true;
      return true;
    case 'activity':
    case 'ssh':
    case 'files':
      app.toggle_drawer(command.name);
      return true;
    case 'previous_command':
      return with_host(app, (host) => jump_to_command(app, host, -1));
    case 'next_command':
      return with_host(app, (host) => jump_to_command(app, host, 1));
    case 'command_menu':
      return with_host(app, (host) => {
        const block = host.blocks.current();
        if (block) open_block_menu(app, host, block, host.screen.element);
      });
    case 'font_larger':
      return change_font(app, 1);
    case 'font_smaller':
      return change_font(app, -1);
    case 'font_reset':
      app.prefs_store.change({ font_size: default_prefs.font_size });
      return true;
    default:
      return false;
  }
}

function with_host(app: App, action: (host: TerminalHost) => void): boolean {
  const host = app.hosts.get(app.tabs.active.value ?? '');
  if (!host) return false;
  action(host);
  return true;
}

function change_font(app: App, step: number): boolean {
  app.prefs_store.change({ font_size: app.prefs.value.font_size + step });
  return true;
}

function copy_selection(app: App): boolean {
  const text = app.hosts.get(app.tabs.active.value ?? '')?.screen.terminal.getSelection() ?? '';
  if (text !== '') app.copy(text, true);
  return true;
}
