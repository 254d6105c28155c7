import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';

export interface Question {
  title: string;
  body: string;
  /** Shown in a monospace box, e.g. what would be pasted. */
  quote?: string;
  confirm: string;
  tone?: 'danger';
}

/** Asks one question at a time; a new one replaces (and so declines) the one before. */
export class Dialogs {
  readonly open = signal<{ question: Question; answer: (yes: boolean) => void } | null>(null);

  ask(question: Question): Promise<boolean> {
    this.open.value?.answer(false);
    return new Promise((resolve) => {
      this.open.value = {
        question,
        answer: (yes) => {
          this.open.value = null;
          resolve(yes);
        },
      };
    });
  }
}

export function DialogLayer() {
  const { dialogs, t } = useApp();
  const ref = useRef<HTMLDialogElement>(null);
  const current = dialogs.open.value;
  useEffect(() => {
    // showModal keeps the focus inside and gives it back afterwards.
    if (current && ref.current && !ref.current.open) ref.current.showModal();
  }, [current]);
  if (!current) return null;
  const { question, answer } = current;
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          answer(true);
        }}
      >
        <h2 id="dialog-title">{question.title}</h2>
        <p>{question.body}</p>
        {question.quote !== undefined && <pre class="dialog-quote">{question.quote}</pre>}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => answer(false)}>
            {t('common.cancel')}
          </button>
          <button type="submit" class={`button ${question.tone === 'danger' ? 'button-danger' : 'button-primary'}`} autofocus>
            {question.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
