import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { CloseIcon } from './icons';

interface ModalProps {
  title: string;
  on_close: () => void;
  /** wide: for long texts; else as a question is. */
  size?: 'normal' | 'wide';
  children: ComponentChildren;
}

/** A window over the page with a title; it keeps the focus inside and gives it back afterwards. Escape closes it. */
export function Modal({ title, on_close, size = 'normal', children }: ModalProps) {
  const { t } = useApp();
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const back = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog modal modal-${size}`}
      aria-labelledby={id}
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        // A field for files has an event of that name too.
        if (event.target === event.currentTarget) on_close();
      }}
    >
      <header class="modal-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-button" aria-label={t('common.close')} onClick={on_close}><CloseIcon /></button>
      </header>
      <div class="modal-body">{children}</div>
    </dialog>
  );
}
