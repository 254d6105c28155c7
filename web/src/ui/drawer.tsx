import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { focus_active } from '../workspace/actions';
import { CloseIcon } from './icons';

interface DrawerProps {
  title: string;
  size?: 'normal' | 'wide';
  /** Buttons beside the title. */
  tools?: ComponentChildren;
  /** What one types in first; without it, and where it would bring up a phone's keyboard, the title has the focus. */
  start?: RefObject<HTMLElement>;
  children: ComponentChildren;
}

/** A panel over the right side of the terminal. Escape closes it and goes back to the terminal. */
export function Drawer({ title, size = 'normal', tools, start, children }: DrawerProps) {
  const app = useApp();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const aside = useRef<HTMLElement>(null);
  const inside = useRef(false);
  useLayoutEffect(() => {
    const typed = matchMedia('(pointer: coarse)').matches ? null : start?.current;
    (typed ?? heading.current)?.focus();
  }, []);
  useEffect(() => {
    const note = (event: FocusEvent): void => {
      inside.current = event.target instanceof Node && (aside.current?.contains(event.target) ?? false);
    };
    document.addEventListener('focusin', note);
    return () => document.removeEventListener('focusin', note);
  }, []);
  // What had the focus is gone, such as a deleted row: the keyboard stays in here.
  useLayoutEffect(() => {
    if (inside.current && document.activeElement === document.body) heading.current?.focus();
  });
  const close = (): void => {
    app.drawer.value = null;
    focus_active(app);
  };
  return (
    <aside
      ref={aside}
      class={`drawer drawer-${size}`}
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        close();
      }}
    >
      <header class="drawer-head">
        <h2 id={id} ref={heading} tabIndex={-1}>{title}</h2>
        <span class="spacer" />
        {tools}
        <button class="icon-button" aria-label={app.t('common.close')} onClick={close}><CloseIcon /></button>
      </header>
      {children}
    </aside>
  );
}
