import { target_index } from '../core/reorder';

const threshold_px = 5;

/**
 * Drags a tab with mouse or pen: the order changes while the pointer crosses the middle of other tabs. (Fingers scroll the
 * row; they reorder by the menu.)
 */
export function start_drag(down: PointerEvent, list: HTMLElement, id: string, move: (id: string, to: number) => void): void {
  if (down.button !== 0 || down.pointerType === 'touch') return;
  let dragging = false;

  const on_move = (event: PointerEvent): void => {
    if (!dragging && Math.abs(event.clientX - down.clientX) < threshold_px) return;
    dragging = true;
    list.classList.add('tab-list-dragging');
    const tabs = [...list.querySelectorAll<HTMLElement>('[data-id]')];
    const from = tabs.findIndex((tab) => tab.dataset.id === id);
    if (from < 0) {
      stop();
      return;
    }
    const to = target_index(tabs.map((tab) => tab.getBoundingClientRect()), from, event.clientX);
    if (to !== from) move(id, to);
  };
  const on_key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') stop();
  };
  const stop = (): void => {
    list.classList.remove('tab-list-dragging');
    window.removeEventListener('pointermove', on_move);
    window.removeEventListener('pointerup', stop);
    window.removeEventListener('pointercancel', stop);
    window.removeEventListener('keydown', on_key, { capture: true });
  };
  window.addEventListener('pointermove', on_move);
  window.addEventListener('pointerup', stop);
  window.addEventListener('pointercancel', stop);
  window.addEventListener('keydown', on_key, { capture: true });
}
