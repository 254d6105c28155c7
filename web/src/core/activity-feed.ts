import { signal } from '@preact/signals-core';
import type { AgentSocket } from './agent-socket';
import type { AccessRequest, Activity } from './api-types';
import { ApiError } from './rpc-client';

/** As many calls as the list shows; the server remembers about as many. */
const most = 500;

/** The newest first; a call that is told again takes its own place. */
export function with_activity(list: readonly Activity[], activity: Activity): readonly Activity[] {
  const at = list.findIndex((known) => known.id === activity.id);
  if (at >= 0) return list.map((known, index) => (index === at ? activity : known));
  return [activity, ...list].slice(0, most);
}

/** The owner and whoever has signed in are people, whatever they use; tokens and the AI are programs. */
export function by_program(activity: Activity): boolean {
  return activity.kind !== 'owner' && activity.kind !== 'session';
}

/** What agents do, as it happens, and who asks for access. */
export class ActivityFeed {
  readonly activities = signal<readonly Activity[]>([]);
  readonly requests = signal<readonly AccessRequest[]>([]);

  constructor(socket: AgentSocket) {
    socket.on_open.on(() => {
      // The stream has no end: an answer means that it was refused or that the server goes.
      const again = (error?: unknown): void => {
        if (!(error instanceof ApiError && error.unreachable)) socket.renew();
      };
      socket.call('activity.stream', {}, (data) => this.apply(data as { event?: string })).then(() => again(), again);
    });
  }

  /** Nobody is signed in any more. */
  stop(): void {
    this.requests.value = [];
  }

  /** Takes a request off the list before the server tells that it was decided. */
  decided(id: string): void {
    this.requests.value = this.requests.value.filter((request) => request.request_id !== id);
  }

  private apply(item: { event?: string }): void {
    if (item.event === 'snapshot') {
      const { activities } = item as unknown as { activities: Activity[] };
      this.activities.value = [...activities].sort((a, b) => b.id - a.id);
    } else if (item.event === 'activity') {
      this.activities.value = with_activity(this.activities.value, item as unknown as Activity);
    } else if (item.event === 'access') {
      this.requests.value = (item as unknown as { requests: AccessRequest[] }).requests;
    }
  }
}
