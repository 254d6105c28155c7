import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { trouble_in, type Trouble } from '../core/links';
import type { Connection, TestResult } from '../core/ssh-api';
import { Modal } from '../ui/modal';

export interface Test {
  result: Signal<TestResult | null>;
  running: Signal<boolean>;
  run: (id: string) => Promise<void>;
}

/** Goes the way to a host, and again once the person has accepted its key. */
export function useTest(): Test {
  const app = useApp();
  const result = useSignal<TestResult | null>(null);
  const running = useSignal(false);
  const run = async (id: string): Promise<void> => {
    running.value = true;
    result.value = null;
    try {
      for (let trouble: Trouble | null = null; ; ) {
        result.value = await app.ssh.test(id);
        trouble = result.value.ok ? null : trouble_in(result.value, id);
        if (!trouble || !(await app.links.settle(trouble))) return;
      }
    } finally {
      running.value = false;
    }
  };
  return { result, running, run };
}

/** The way, step by step, and how it ended. */
export function TestSteps({ test }: { test: Test }) {
  const { t } = useApp();
  const ref = useRef<HTMLDivElement>(null);
  const result = test.result.value;
  const running = test.running.value;
  // It may stand below a long form.
  useLayoutEffect(() => ref.current?.scrollIntoView({ block: 'end' }), [result, running]);
  if (!result && !test.running.value) return null;
  return (
    <div ref={ref} class="test-result" role="status">
      {result && (
        <ol class="test-steps" aria-label={t('ssh.steps')}>
          {result.steps.map((step) => (
            <li key={step.step + step.detail} class={step.ok ? 'test-step' : 'test-step test-step-bad'}>
              <span class="test-mark" aria-hidden="true">{step.ok ? '✓' : '✗'}</span>
              <span class="visually-hidden">{t(step.ok ? 'ssh.step_ok' : 'ssh.step_failed')}</span>
              <span class="test-name">{step.step}</span>
              <span class="test-detail">{step.detail}</span>
              <span class="test-time">{step.duration_ms} ms</span>
            </li>
          ))}
        </ol>
      )}
      {test.running.value && <p class="test-running"><span class="spinner" aria-hidden="true" /> {t('ssh.testing')}</p>}
      {result && !test.running.value && (
        <p class={result.ok ? 'form-status' : 'form-status form-status-bad'}>
          {result.ok ? t('ssh.test_ok', { method: result.method ?? '', server: result.server ?? '' }) : (result.message ?? result.reason)}
        </p>
      )}
      {result?.banner && <pre class="dialog-quote">{result.banner}</pre>}
    </div>
  );
}

export function TestDialog({ connection, on_close }: { connection: Connection; on_close: () => void }) {
  const app = useApp();
  const { t } = app;
  const test = useTest();
  useEffect(() => app.run(test.run(connection.id)), []);
  return (
    <Modal size="wide" title={t('ssh.test_title', { title: connection.title })} on_close={on_close}>
      <TestSteps test={test} />
      <div class="form-buttons modal-foot">
        <button type="button" class="button" disabled={test.running.value} onClick={() => app.run(test.run(connection.id))}>{t('ssh.test_again')}</button>
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={on_close}>{t('common.close')}</button>
      </div>
    </Modal>
  );
}
