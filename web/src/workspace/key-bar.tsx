import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useApp } from '../app/context';
import type { MessageKey } from '../i18n/en';
import type { TerminalHost } from '../terminal/host';

const coarse = matchMedia('(pointer: coarse)');

/** The keys that on-screen keyboards lack. Pressing one never takes the focus, so the keyboard stays open. */
export function KeyBar({ host }: { host: TerminalHost }) {
  const app = useApp();
  const touch = useSignal(coarse.matches);
  useEffect(() => {
    const update = (): void => {
      touch.value = coarse.matches;
    };
    coarse.addEventListener('change', update);
    return () => coarse.removeEventListener('change', update);
  }, []);
  if (!touch.value) return null;

  const arrow = (final: string) => (): void =>
    host.press(`\x1b${host.screen.terminal.modes.applicationCursorKeysMode ? 'O' : '['}${final}`);
  const paste = (): void => {
    if (!('clipboard' in navigator)) app.toasts.error(app.t('paste.blocked'));
    else
      navigator.clipboard.readText().then(
        (text) => app.run(host.paste(text)),
        () => app.toasts.error(app.t('paste.blocked')),
      );
  };
  const { ctrl, alt } = host.sticky.value;
  return (
    <div class="key-bar" role="toolbar" aria-label={app.t('keys.label')}>
      <Key on_press={() => host.press('\x1b')}>Esc</Key>
      <Key on_press={() => host.press('\t')}>Tab</Key>
      <Key held={ctrl} on_press={() => host.toggle_sticky('ctrl')}>Ctrl</Key>
      <Key held={alt} on_press={() => host.toggle_sticky('alt')}>Alt</Key>
      <Key name="keys.left" on_press={arrow('D')}>←</Key>
      <Key name="keys.up" on_press={arrow('A')}>↑</Key>
      <Key name="keys.down" on_press={arrow('B')}>↓</Key>
      <Key name="keys.right" on_press={arrow('C')}>→</Key>
      <Key on_press={paste}>{app.t('keys.paste')}</Key>
    </div>
  );
}

interface KeyProps {
  /** What a symbol is called; words speak for themselves. */
  name?: MessageKey;
  on_press: () => void;
  held?: boolean;
  children: ComponentChildren;
}

function Key({ name, on_press, held, children }: KeyProps) {
  const { t } = useApp();
  return (
    <button
      class={held ? 'key key-held' : 'key'}
      aria-label={name && t(name)}
      aria-pressed={held}
      onPointerDown={(event) => event.preventDefault()}
      onClick={on_press}
    >
      {children}
    </button>
  );
}
