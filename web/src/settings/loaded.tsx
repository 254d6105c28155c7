import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/context';

export interface Loaded<T> {
  value: Signal<T | null>;
  problem: Signal<string | null>;
  reload: () => void;
}

/** Fetches something when the component appears; `reload` fetches it again. */
export function useLoaded<T>(fetch: () => Promise<T>): Loaded<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<string | null>(null);
  const reload = (): void => {
    problem.value = null;
    fetch().then(
      (result) => {
        value.value = result;
      },
      (error: unknown) => {
        problem.value = error instanceof Error ? error.message : String(error);
      },
    );
  };
  useEffect(reload, []);
  return { value, problem, reload };
}

export function LoadProblem({ loaded }: { loaded: Loaded<unknown> }) {
  const { t } = useApp();
  if (loaded.problem.value === null) return null;
  return (
    <div class="notice notice-error" role="alert">
      <span>{t('settings.load_failed', { message: loaded.problem.value })}</span>
      <button class="button button-small" onClick={loaded.reload}>
        {t('settings.retry')}
      </button>
    </div>
  );
}
