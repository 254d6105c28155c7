import { signal } from '@preact/signals-core';
import { ApiError } from './rpc-client';
import type { Connection, ConnectState, HostKey, Questions, SshApi } from './ssh-api';

/** What stands in the way to a host and a person can decide. */
export type Trouble = {
  /** Whose way it is. */
  wanted: string;
} & (
  | { kind: 'unknown_key' | 'changed_key' | 'revoked_key'; connection_id: string; key: HostKey }
  | { kind: 'questions'; connection_id: string; questions: Questions }
);

const key_kinds: Record<string, 'unknown_key' | 'changed_key' | 'revoked_key'> = {
  host_key_unknown: 'unknown_key',
  host_key_changed: 'changed_key',
  host_key_revoked: 'revoked_key',
};

/** The person has seen why in a dialog: there is nothing more to tell. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

function is_object(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function read_host_key(value: unknown): HostKey | null {
  if (!is_object(value) || typeof value.fingerprint !== 'string') return null;
  const stored = Array.isArray(value.stored) ? value.stored.filter((known) => typeof known === 'string') : [];
  const port = typeof value.port === 'number' ? value.port : 22;
  return { host: text(value.host), port, type: text(value.type), fingerprint: value.fingerprint, state: text(value.state), stored };
}

export function read_questions(value: unknown): Questions | null {
  if (!is_object(value) || typeof value.round !== 'number' || !Array.isArray(value.prompts)) return null;
  const prompts = value.prompts.filter(is_object).map((prompt) => ({ text: text(prompt.text), hidden: prompt.hidden !== false }));
  return { round: value.round, name: text(value.name), instruction: text(value.instruction), prompts };
}

/** What the details of a failure (or the result of a test) say of the way. */
export function trouble_in(details: unknown, connection_id: string): Trouble | null {
  if (!is_object(details)) return null;
  const id = typeof details.connection_id === 'string' ? details.connection_id : connection_id;
  const questions = read_questions(details.questions);
  if (questions) return { kind: 'questions', wanted: connection_id, connection_id: id, questions };
  const kind = key_kinds[text(details.reason)];
  const key = read_host_key(details.host_key);
  return kind && key ? { kind, wanted: connection_id, connection_id: id, key } : null;
}

/** The stored connection that a key belongs to: the one that was meant, or a host on its way. */
export function owner_of_key(all: readonly Connection[], connection: string, key: HostKey): Connection | undefined {
  const fits = all.filter((other) => other.host === key.host && other.port === key.port);
  return fits.find((other) => other.id === connection) ?? fits[0];
}

const connect_wait_ms = 20_000;
const most_waits = 6;

/** Tries what needs a connection, asks the person what only a person knows, and tries again. */
export class Links {
  /** The dialog that is open. */
  readonly open = signal<{ trouble: Trouble; done: (settled: boolean) => void } | null>(null);
  private readonly settling = new Map<string, Promise<boolean>>();
  private line: Promise<unknown> = Promise.resolve();

  constructor(private readonly ssh: SshApi) {}

  /** `connection` is null for the server's own machine, which asks nothing. Rejects with Declined when the person would not. */
  async attempt<T>(connection: string | null, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const trouble = connection === null ? null : await this.trouble(error, connection);
        if (!trouble) throw error;
        if (!(await this.settle(trouble))) throw new Declined(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Shows the dialog, one after the other; the same trouble of several calls is asked once. True: try again. */
  settle(trouble: Trouble): Promise<boolean> {
    const name = `${trouble.kind} ${trouble.connection_id}`;
    const running = this.settling.get(name);
    if (running) return running;
    const settled = this.line.then(() => this.show(trouble)).finally(() => this.settling.delete(name));
    this.line = settled.catch(() => undefined);
    this.settling.set(name, settled);
    return settled;
  }

  async accept(connection: string, key: HostKey): Promise<void> {
    await this.ssh.accept_host_key(await this.owner_of(connection, key), key.fingerprint);
  }

  /** Answers, and tells what is asked next; null: signed in. */
  async answer(connection: string, questions: Questions, answers: readonly string[]): Promise<Questions | null> {
    let state: ConnectState = await this.ssh.answer(connection, questions.round, answers);
    for (let waits = 0; state.state === 'connecting' && waits < most_waits; waits++) state = await this.ssh.connect(connection, connect_wait_ms);
    return state.state === 'awaiting_auth' ? read_questions(state.questions) : null;
  }

  /** Nobody will answer: the server need not wait. */
  take_back(connection: string, questions: Questions): void {
    this.ssh.answer(connection, questions.round, []).catch(() => undefined);
  }

  private show(trouble: Trouble): Promise<boolean> {
    return new Promise((resolve) => {
      this.open.value = {
        trouble,
        done: (settled) => {
          this.open.value = null;
          resolve(settled);
        },
      };
    });
  }

  private async trouble(error: unknown, connection: string): Promise<Trouble | null> {
    if (!(error instanceof ApiError)) return null;
    const told = trouble_in(error.details, connection);
    if (told || error.code !== 'conflict' || error.field !== undefined) return told;
    // Not every method says what is wrong with the key: the host is asked for it.
    const key = await this.ssh.host_key(connection).catch(() => null);
    return key && trouble_in({ reason: `host_key_${key.state}`, host_key: key }, connection);
  }

  /** The key may be that of a host on the way, which is a connection of its own. */
  private async owner_of(connection: string, key: HostKey): Promise<string> {
    return owner_of_key(await this.ssh.connections(), connection, key)?.id ?? connection;
  }
}
