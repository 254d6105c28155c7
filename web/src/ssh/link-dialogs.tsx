import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/context';
import { owner_of_key, type Trouble } from '../core/links';
import { format_target } from '../core/ssh-target';
import { Modal } from '../ui/modal';
import '../style/ssh.css';

type KeyTrouble = Extract<Trouble, { key: unknown }>;
type QuestionTrouble = Extract<Trouble, { questions: unknown }>;

/** What stands in the way to a host, one at a time: its key, or what it asks. */
export function LinkDialogs() {
  const app = useApp();
  const open = app.links.open.value;
  if (!open) return null;
  const { trouble, done } = open;
  if (trouble.kind === 'questions') return <SignIn key={trouble} trouble={trouble} on_done={done} />;
  if (trouble.kind === 'unknown_key') return <UnknownKey key={trouble} trouble={trouble} on_done={done} />;
  return <RefusedKey key={trouble} trouble={trouble} on_done={done} />;
}

const message_of = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const place_of = ({ key }: KeyTrouble): string => (key.port === 22 ? key.host : `${key.host}:${key.port}`);

/** Which of the stored hosts is meant, by the name that people know; on the way to another one that is said. */
function WhoseKey({ trouble }: { trouble: KeyTrouble }) {
  const { connections, t } = useApp();
  const owner = owner_of_key(connections.list.value ?? [], trouble.connection_id, trouble.key);
  if (!owner) return null;
  const wanted = owner.id === trouble.wanted ? undefined : connections.get(trouble.wanted);
  return <p class="hostkey-whose">{wanted ? t('hostkey.on_the_way', { title: owner.title, wanted: wanted.title }) : t('hostkey.of', { title: owner.title })}</p>;
}

function Fingerprint({ label, type, value }: { label: string; type?: string; value: string }) {
  return (
    <div class="fingerprint">
      <span>{label}{type !== undefined && ` (${type})`}</span>
      <code>{value}</code>
    </div>
  );
}

/** As the server lists them: type and fingerprint. */
function Known({ label, known }: { label: string; known: string }) {
  const [, type, value] = /^(\S+) (\S+)$/.exec(known) ?? [];
  return value === undefined ? <Fingerprint label={label} value={known} /> : <Fingerprint label={label} type={type} value={value} />;
}

/** Nothing secret has gone out yet: the person compares and decides. */
function UnknownKey({ trouble, on_done }: { trouble: KeyTrouble; on_done: (settled: boolean) => void }) {
  const app = useApp();
  const { t } = app;
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const accept = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await app.links.accept(trouble.connection_id, trouble.key);
      on_done(true);
    } catch (error) {
      problem.value = message_of(error);
      busy.value = false;
    }
  };
  return (
    <Modal title={t('hostkey.title', { host: place_of(trouble) })} on_close={() => on_done(false)}>
      <WhoseKey trouble={trouble} />
      <p>{t('hostkey.body')}</p>
      <Fingerprint label={t('hostkey.fingerprint')} type={trouble.key.type} value={trouble.key.fingerprint} />
      {trouble.key.stored.map((known) => <Known key={known} label={t('hostkey.other')} known={known} />)}
      {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
      <div class="dialog-buttons">
        <button type="button" class="button" autofocus onClick={() => on_done(false)}>{t('common.cancel')}</button>
        <button type="button" class="button button-primary" disabled={busy.value} onClick={() => void accept()}>{t('hostkey.accept')}</button>
      </div>
    </Modal>
  );
}

/** A hard stop: there is nothing to press but close. */
function RefusedKey({ trouble, on_done }: { trouble: KeyTrouble; on_done: (settled: boolean) => void }) {
  const { t } = useApp();
  const changed = trouble.kind === 'changed_key';
  return (
    <Modal title={t(changed ? 'hostkey.changed_title' : 'hostkey.revoked_title', { host: place_of(trouble) })} on_close={() => on_done(false)}>
      <WhoseKey trouble={trouble} />
      <div class="hostkey-stop" role="alert">
        <p>{t(changed ? 'hostkey.changed_body' : 'hostkey.revoked_body')}</p>
      </div>
      {trouble.key.stored.map((known) => <Known key={known} label={t('hostkey.before')} known={known} />)}
      <Fingerprint label={t('hostkey.now')} type={trouble.key.type} value={trouble.key.fingerprint} />
      {changed && <p class="field-hint">{t('hostkey.changed_hint', { host: place_of(trouble) })}</p>}
      <div class="dialog-buttons">
        <button type="button" class="button button-primary" autofocus onClick={() => on_done(false)}>{t('common.close')}</button>
      </div>
    </Modal>
  );
}

/** The host's own words are shown as they are, as plain text; what is typed goes to the server and nowhere else. */
function SignIn({ trouble, on_done }: { trouble: QuestionTrouble; on_done: (settled: boolean) => void }) {
  const app = useApp();
  const { t } = app;
  const questions = useSignal(trouble.questions);
  const answers = useSignal<readonly string[]>(trouble.questions.prompts.map(() => ''));
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const connection = app.connections.get(trouble.connection_id);
  const { round, name, instruction, prompts } = questions.value;
  const form = useRef<HTMLFormElement>(null);
  // The fields of each round are new ones.
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), [round]);

  const send = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      const next = await app.links.answer(trouble.connection_id, questions.value, answers.value);
      if (!next) return on_done(true);
      questions.value = next;
      answers.value = next.prompts.map(() => '');
    } catch (error) {
      problem.value = message_of(error);
      answers.value = prompts.map(() => '');
    }
    busy.value = false;
  };
  const give_up = (): void => {
    app.links.take_back(trouble.connection_id, questions.value);
    on_done(false);
  };

  return (
    <Modal title={t('signin.title', { host: connection ? `${connection.title} (${format_target(connection)})` : trouble.connection_id })} on_close={give_up}>
      <form
        ref={form}
        key={round}
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p class="field-hint">{t('signin.from_host')}</p>
        {name !== '' && <p class="signin-words"><strong>{name}</strong></p>}
        {instruction !== '' && <pre class="dialog-quote">{instruction}</pre>}
        {prompts.map((prompt, index) => (
          <label key={index} class="field signin-prompt">
            <span>{prompt.text.trim() === '' ? t('signin.answer') : prompt.text}</span>
            <input
              class="input"
              type={prompt.hidden ? 'password' : 'text'}
              autocomplete="off"
              spellcheck={false}
              autocapitalize="off"
              autofocus={index === 0}
              value={answers.value[index]}
              onInput={(event) => {
                const typed = event.currentTarget.value;
                answers.value = answers.value.map((answer, at) => (at === index ? typed : answer));
              }}
            />
          </label>
        ))}
        {problem.value !== null && <p class="field-problem" role="alert">{problem.value}</p>}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={give_up}>{t('common.cancel')}</button>
          <button type="submit" class="button button-primary" disabled={busy.value}>{t(busy.value ? 'login.busy' : 'signin.submit')}</button>
        </div>
      </form>
    </Modal>
  );
}
