import type { App } from '../app/context';
import { first_line, type BlockInfo } from '../core/blocks';
import { duration } from '../core/format';
import type { MarkedBlock } from '../terminal/block-marks';
import type { TerminalHost } from '../terminal/host';

/** Frames carry so much of a command; of a longer one the server is asked for the rest. */
const whole_up_to = 480;

/** "Exit code 1 · 3.2s · 14:03" */
export function block_label(app: App, block: BlockInfo): string {
  const result =
    block.status === 'running'
      ? app.t('terminal.running')
      : block.exit_code === null
        ? app.t('block.no_code')
        : app.t('terminal.exit_code', { code: block.exit_code });
  const took = block.duration_ms === null ? '' : duration(block.duration_ms);
  const when = new Date(block.started_at).toLocaleTimeString(app.language.value === 'zh' ? 'zh-CN' : 'en', { hour: '2-digit', minute: '2-digit' });
  const by = block.by === 'human' ? '' : block.by === 'ai' ? 'AI' : block.by.replace(/^agent:/, '');
  return [result, took, when, by].filter((part) => part !== '').join(' · ');
}

export function output_ref(host: TerminalHost, block: BlockInfo): string {
  return `${host.id}:${block.seq}`;
}

export async function copy_output(app: App, ref: string): Promise<void> {
  const { text, truncated } = await app.rpc.output(ref);
  if (text === '') app.toasts.show(app.t('block.no_output'));
  else app.copy(text);
  if (truncated) app.toasts.show(app.t('block.truncated'));
}

async function whole_command(app: App, ref: string, command: string): Promise<string> {
  return new TextEncoder().encode(command).length < whole_up_to ? command : (await app.rpc.output(ref)).command.command;
}

/** Puts a command on the input line, without Enter. */
export async function put_command(app: App, host: TerminalHost, ref: string, command: string): Promise<void> {
  if (host.command.value?.state === 'running') {
    app.toasts.show(app.t('block.busy'));
    return;
  }
  host.screen.terminal.scrollToBottom();
  await host.paste(await whole_command(app, ref, command));
}

/** What can be done with a command, in a menu at its badge or, asked for by a key, at the top of the terminal. */
export function open_block_menu(app: App, host: TerminalHost, block: MarkedBlock, at: HTMLElement): void {
  const { info } = block;
  const ref = output_ref(host, info);
  const box = at.getBoundingClientRect();
  const items = [
    { label: app.t('block.copy_output'), run: () => app.run(copy_output(app, ref)) },
    { label: app.t('block.copy_command'), run: () => app.run(whole_command(app, ref, info.command).then((text) => app.copy(text))), disabled: info.command === '' },
    { label: app.t('block.rerun'), run: () => app.run(put_command(app, host, ref, info.command)), disabled: info.command === '' || host.read_only.value },
    { label: app.t('block.scroll'), run: () => host.blocks.scroll_to(block) },
  ];
  const label = `${first_line(info.command)}: ${block_label(app, info)}`;
  app.menus.show({ x: box.left, y: box.bottom + 2 }, label, items, host.screen.terminal.textarea ?? null);
}

/** Scrolls to the next command and says which it is to those who cannot see it. */
export function jump_to_command(app: App, host: TerminalHost, step: 1 | -1): void {
  const block = host.blocks.jump(step);
  if (block) app.announce(`${first_line(block.info.command)}: ${block_label(app, block.info)}`);
}
