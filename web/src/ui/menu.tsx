import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';

export interface MenuItem {
  label: string;
  run: () => void;
  disabled?: boolean;
  tone?: 'danger';
}

/** One context menu for the whole window. */
export class Menus {
  readonly open = signal<{ x: number; y: number; label: string; items: readonly MenuItem[]; back: HTMLElement | null } | null>(null);

  show(at: { x: number; y: number }, label: string, items: readonly MenuItem[], back: HTMLElement | null): void {
    this.open.value = { ...at, label, items, back };
  }

  close(): void {
    const back = this.open.value?.back;
    this.open.value = null;
    back?.focus();
  }
}

const step_of: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

export function MenuLayer() {
  const { menus } = useApp();
  const ref = useRef<HTMLDivElement>(null);
  const current = menus.open.value;
  useEffect(() => {
    const menu = ref.current;
    if (!current || !menu) return;
    // Keep it inside the window.
    const box = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(current.x, innerWidth - box.width - 4))}px`;
    menu.style.top = `${Math.max(4, Math.min(current.y, innerHeight - box.height - 4))}px`;
    menu.querySelector<HTMLElement>('[role=menuitem]:not([disabled])')?.focus();
  }, [current]);
  if (!current) return null;

  const on_key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      menus.close();
      return;
    }
    const items = [...(ref.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = step_of[event.key];
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : step && (at + step + items.length) % items.length;
    if (next === undefined) return;
    event.preventDefault();
    items[next]?.focus();
  };

  return (
    <div
      class="menu-backdrop"
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) menus.close();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div ref={ref} class="menu" role="menu" aria-label={current.label} onKeyDown={on_key}>
        {current.items.map((item) => (
          <button
            key={item.label}
            role="menuitem"
            tabIndex={-1}
            class={item.tone === 'danger' ? 'menu-danger' : ''}
            disabled={item.disabled}
            onClick={() => {
              menus.close();
              item.run();
            }}
          >
            {item.label}
          </button>
        ))}
      </div>
    </div>
  );
}
