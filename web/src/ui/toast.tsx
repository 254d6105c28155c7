import { signal } from '@preact/signals';
import { useApp } from '../app/context';
import { CloseIcon } from './icons';

export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'error';
  action?: { label: string; run: () => void };
}

const shown_for_ms = { info: 6000, error: 12_000 } as const;
const at_most = 4;

/** Short messages at the edge of the window; the oldest give way. */
export class Toasts {
  readonly list = signal<readonly Toast[]>([]);
  private next_id = 1;

  /** Answers what `dismiss` takes. */
  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
    const same = this.list.value.find((toast) => toast.text === text);
    if (same) this.dismiss(same.id);
    const toast: Toast = { id: this.next_id++, text, tone: options.tone ?? 'info', action: options.action };
    this.list.value = [...this.list.value, toast].slice(-at_most);
    window.setTimeout(() => this.dismiss(toast.id), shown_for_ms[toast.tone] * (toast.action ? 2 : 1));
    return toast.id;
  }

  error(text: string): void {
    this.show(text, { tone: 'error' });
  }

  dismiss(id: number): void {
    this.list.value = this.list.value.filter((toast) => toast.id !== id);
  }
}

export function ToastList() {
  const { toasts, t } = useApp();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.list.value.map((toast) => (
        <div key={toast.id} class={`toast toast-${toast.tone}`}>
          <span class="toast-text">{toast.text}</span>
          {toast.action && (
            <button
              class="button button-small"
              onClick={() => {
                toast.action?.run();
                toasts.dismiss(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button class="icon-button" aria-label={t('common.dismiss')} onClick={() => toasts.dismiss(toast.id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
    </div>
  );
}
