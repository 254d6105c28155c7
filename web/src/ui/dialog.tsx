import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { Field } from './field';

export interface Question {
  title: string;
  body: string;
  /** Shown in a monospace box, e.g. what would be pasted. */
  quote?: string;
  confirm: string;
  tone?: 'danger';
  /** A line to type; what is wrong with it keeps the question open. */
  field?: { label: string; value: string; check: (text: string) => string | null };
}

/** Asks one question at a time; a new one replaces (and so declines) the one before. */
export class Dialogs {
  readonly open = signal<{ id: number; question: Question; text: string; answer: (yes: boolean) => void } | null>(null);
  private next_id = 1;

  async ask(question: Question): Promise<boolean> {
    return (await this.ask_text(question)) !== null;
  }

  /** What was typed; null when it was declined. */
  ask_text(question: Question): Promise<string | null> {
    this.open.value?.answer(false);
    return new Promise((resolve) => {
      const current = {
        id: this.next_id++,
        question,
        text: question.field?.value ?? '',
        answer: (yes: boolean) => {
          this.open.value = null;
          resolve(yes ? current.text : null);
        },
      };
      this.open.value = current;
    });
  }
}

type Open = NonNullable<Dialogs['open']['value']>;

export function DialogLayer() {
  const current = useApp().dialogs.open.value;
  return current && <QuestionDialog key={current.id} current={current} />;
}

function QuestionDialog({ current }: { current: Open }) {
  const { t } = useApp();
  const ref = useRef<HTMLDialogElement>(null);
  const problem = useSignal<string | null>(null);
  const { question, answer } = current;
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    // showModal keeps the focus inside; where it was is remembered, because the element goes instead of being closed.
    const back = document.activeElement;
    if (!dialog.open) dialog.showModal();
    const field = dialog.querySelector('input');
    // The name without its ending.
    if (field) field.setSelectionRange(0, field.value.lastIndexOf('.') > 0 ? field.value.lastIndexOf('.') : field.value.length);
    return () => {
      dialog.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, [current]);
  const submit = (): void => {
    problem.value = question.field?.check(current.text) ?? null;
    if (problem.value === null) answer(true);
  };
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby="dialog-title"
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h2 id="dialog-title">{question.title}</h2>
        {question.body !== '' && <p>{question.body}</p>}
        {question.quote !== undefined && <pre class="dialog-quote">{question.quote}</pre>}
        {question.field && (
          <Field label={question.field.label} problem={problem.value ?? undefined}>
            {({ id, describedby, invalid }) => (
              <input
                id={id}
                class="input"
                type="text"
                value={question.field?.value}
                aria-describedby={describedby}
                aria-invalid={invalid}
                autocomplete="off"
                spellcheck={false}
                autocapitalize="off"
                autofocus
                onInput={(event) => {
                  current.text = event.currentTarget.value;
                  problem.value = null;
                }}
              />
            )}
          </Field>
        )}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => answer(false)}>
            {t('common.cancel')}
          </button>
          <button type="submit" class={`button ${question.tone === 'danger' ? 'button-danger' : 'button-primary'}`} autofocus={!question.field}>
            {question.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
