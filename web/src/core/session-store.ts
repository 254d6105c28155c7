import { signal } from '@preact/signals-core';
import type { SessionEvent, TerminalInfo } from './api-types';

/** All terminals of the server, as the last listing and the events since then say. */
export class SessionStore {
  readonly sessions = signal<ReadonlyMap<string, TerminalInfo>>(new Map());
  /** False until the server has told once. */
  readonly loaded = signal(false);

  get(id: string): TerminalInfo | undefined {
    return this.sessions.value.get(id);
  }

  replace_all(list: readonly TerminalInfo[]): void {
    this.sessions.value = new Map(list.map((info) => [info.id, info]));
    this.loaded.value = true;
  }

  upsert(info: TerminalInfo): void {
    const next = new Map(this.sessions.value);
    next.set(info.id, { ...next.get(info.id), ...info });
    this.sessions.value = next;
  }

  remove(id: string): void {
    if (!this.sessions.value.has(id)) return;
    const next = new Map(this.sessions.value);
    next.delete(id);
    this.sessions.value = next;
  }

  apply(event: SessionEvent): void {
    switch (event.kind) {
      case 'snapshot':
        this.replace_all(event.sessions);
        break;
      case 'created':
      case 'updated':
        this.upsert(event.session);
        break;
      case 'closed':
        this.remove(event.session_id);
        break;
      case 'heartbeat':
        break;
    }
  }
}

const kinds: Record<string, SessionEvent['kind']> = {
  snapshot: 'snapshot',
  session_created: 'created',
  session_updated: 'updated',
  session_closed: 'closed',
  heartbeat: 'heartbeat',
};

/** Reads one event of /api/sessions/stream; null for what is unknown or malformed. */
export function parse_session_event(name: string, data: string): SessionEvent | null {
  const kind = kinds[name];
  if (!kind) return null;
  let body: { sessions?: TerminalInfo[]; session?: TerminalInfo; session_id?: string };
  try {
    body = JSON.parse(data === '' ? '{}' : data) as typeof body;
  } catch {
    return null;
  }
  switch (kind) {
    case 'snapshot':
      return Array.isArray(body.sessions) ? { kind, sessions: body.sessions } : null;
    case 'created':
    case 'updated':
      return body.session ? { kind, session: body.session } : null;
    case 'closed':
      return typeof body.session_id === 'string' ? { kind, session_id: body.session_id } : null;
    case 'heartbeat':
      return { kind };
  }
}
