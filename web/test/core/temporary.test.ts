import { describe, expect, it } from 'vitest';
import type { TerminalInfo } from '../../src/core/api-types';
import { SessionStore } from '../../src/core/session-store';
import { TemporaryConnections } from '../../src/core/temporary-connections';
import { FakeStorage } from './fakes';

const terminal = (id: string, connection_id: string, alive = true): TerminalInfo => ({ id, connection_id, alive }) as TerminalInfo;
const settle = async (): Promise<void> => { for (let turn = 0; turn < 6; turn++) await Promise.resolve(); };

function page(storage: FakeStorage, now = 0, remove = (): Promise<void> => Promise.resolve()) {
  const sessions = new SessionStore();
  const removed: string[] = [];
  const temporary = new TemporaryConnections(sessions, (id) => (removed.push(id), remove()), storage, () => now);
  return { sessions, removed, temporary };
}

describe('connections that are not to be kept', () => {
  it('go when the last of their terminals has ended, and not before the first', async () => {
    const { sessions, removed, temporary } = page(new FakeStorage());
    sessions.replace_all([terminal('t0', 'other')]);
    temporary.add('one');
    sessions.upsert(terminal('t0', 'other', false));
    expect(removed).toEqual([]);
    sessions.upsert(terminal('t1', 'one'));
    sessions.upsert(terminal('t2', 'one'));
    sessions.remove('t1');
    expect(removed).toEqual([]);
    sessions.upsert(terminal('t2', 'one', false));
    await settle();
    expect(removed).toEqual(['one']);
    sessions.remove('t2');
    expect(removed).toEqual(['one']);
  });

  it('go with the next page when their terminals have ended while there was none', async () => {
    const storage = new FakeStorage();
    page(storage).temporary.add('one');
    const { sessions, removed } = page(storage, 3_600_000);
    expect(removed).toEqual([]);
    sessions.replace_all([]);
    await settle();
    expect(removed).toEqual(['one']);
    const later = page(storage, 7_200_000);
    later.sessions.replace_all([]);
    expect(later.removed).toEqual([]);
  });

  it('stay while another window may be connecting, and while their terminals go on', async () => {
    const storage = new FakeStorage();
    page(storage).temporary.add('one');
    const soon = page(storage, 1000);
    soon.sessions.replace_all([]);
    expect(soon.removed).toEqual([]);
    const late = page(storage, 3_600_000);
    late.sessions.replace_all([terminal('t', 'one')]);
    expect(late.removed).toEqual([]);
    late.sessions.replace_all([]);
    await settle();
    expect(late.removed).toEqual(['one']);
  });

  it('are tried again by the next page when they could not be removed, and forgotten when somebody else has', async () => {
    const storage = new FakeStorage();
    page(storage).temporary.add('one');
    const offline = page(storage, 3_600_000, () => Promise.reject(new Error('no answer')));
    offline.sessions.replace_all([]);
    await settle();
    const again = page(storage, 3_600_000);
    again.temporary.forget('one');
    again.sessions.replace_all([]);
    expect([offline.removed, again.removed]).toEqual([['one'], []]);
  });
});
