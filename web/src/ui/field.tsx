import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { DownIcon } from './icons';

interface FieldProps {
  label: string;
  hint?: string;
  problem?: string;
  children: (ids: { id: string; describedby: string | undefined; invalid: boolean }) => ComponentChildren;
}

/** A labelled control with its hint or, instead, what is wrong with it. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, describedby: note ? `${id}-note` : undefined, invalid: problem !== undefined })}
      {note && (
        <p id={`${id}-note`} class={problem ? 'field-problem' : 'field-hint'} role={problem ? 'alert' : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  on_input: (value: string) => void;
  type?: 'text' | 'password' | 'url' | 'number';
  hint?: string;
  problem?: string;
  placeholder?: string;
  autocomplete?: string;
  list?: string;
  min?: number;
  max?: number;
  step?: number;
}

export function TextField({ label, value, on_input, type = 'text', hint, problem, autocomplete = 'off', ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedby, invalid }) => (
        <input
          id={id}
          class="input"
          type={type}
          value={value}
          aria-describedby={describedby}
          aria-invalid={invalid}
          autocomplete={autocomplete}
          spellcheck={false}
          autocapitalize="off"
          onInput={(event) => on_input(event.currentTarget.value)}
          {...rest}
        />
      )}
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  on_change: (value: T) => void;
}

export function SelectField<T extends string>({ label, value, options, on_change }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {({ id }) => (
        <div class="select">
          <select id={id} class="input" value={value} onChange={(event) => on_change(event.currentTarget.value as T)}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <DownIcon />
        </div>
      )}
    </Field>
  );
}

/** A few choices side by side. */
export function Segments<T extends string>({ label, value, options, on_change }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="field segments-field">
      <legend>{label}</legend>
      <div class="segments">
        {options.map((option) => (
          <label key={option.value} class={option.value === value ? 'segment segment-on' : 'segment'}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => on_change(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ToggleProps {
  label: string;
  checked: boolean;
  on_change: (checked: boolean) => void;
  hint?: string;
}

export function Toggle({ label, checked, on_change, hint }: ToggleProps) {
  const id = useId();
  return (
    <div class="toggle-row">
      <div>
        <label for={id}>{label}</label>
        {hint && <p id={`${id}-note`} class="field-hint">{hint}</p>}
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="toggle"
        checked={checked}
        aria-describedby={hint ? `${id}-note` : undefined}
        onChange={(event) => on_change(event.currentTarget.checked)}
      />
    </div>
  );
}
