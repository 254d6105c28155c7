import { effect } from '@preact/signals-core';
import type { KeyValueStore } from './platform';
import type { SessionStore } from './session-store';

const storage_key = 'duotty.temporary_connections';
/** Another window that has stored one may still be connecting. */
const connecting_ms = 600_000;

/**
 * Connections that are not to be kept. They are removed once the terminals that were opened on them have all ended, and by
 * the next page when that was while none was open.
 */
export class TemporaryConnections {
  /** When each was stored. */
  private readonly since = new Map<string, number>();
  private readonly used = new Set<string>();
  private readonly own = new Set<string>();

  constructor(
    private readonly sessions: SessionStore,
    private readonly remove: (id: string) => Promise<void>,
    private readonly storage: KeyValueStore,
    private readonly now: () => number,
  ) {
    for (const [id, since] of this.stored()) this.since.set(id, since);
    effect(() => {
      const { value } = this.sessions.sessions;
      if (!this.sessions.loaded.value) return;
      const alive = new Set([...value.values()].filter((info) => info.alive).map((info) => info.connection_id));
      for (const [id, since] of [...this.since]) {
        if (alive.has(id)) this.used.add(id);
        else if (this.used.has(id) || (!this.own.has(id) && this.now() - since > connecting_ms)) this.drop(id);
      }
    });
  }

  add(id: string): void {
    this.own.add(id);
    this.since.set(id, this.now());
    this.store();
  }

  /** It is gone. */
  forget(id: string): void {
    this.since.delete(id);
    this.store([id]);
  }

  private drop(id: string): void {
    this.since.delete(id);
    // What cannot be removed now is left to the next page.
    this.remove(id).then(() => this.forget(id), () => undefined);
  }

  private stored(): Map<string, number> {
    const words = (this.storage.get(storage_key) ?? '').split(' ').filter((word) => word !== '');
    return new Map(words.map((word) => [word.split('@')[0] ?? '', Number(word.split('@')[1] ?? 0)]));
  }

  /** Another window may have stored some, too. */
  private store(gone: readonly string[] = []): void {
    const all = new Map([...this.stored(), ...this.since]);
    for (const id of gone) all.delete(id);
    this.storage.set(storage_key, [...all].map(([id, since]) => `${id}@${since}`).join(' '));
  }
}
