import { computed, signal } from '@preact/signals-core';
import type { AgentSocket } from './agent-socket';
import { Emitter } from './emitter';
import type { KeyValueStore } from './platform';
import type { Copy, CopyConflict, TransfersApi } from './transfers-api';

const storage_key = 'duotty.transfers_cleared';
/** As many as the server lists at once. */
const most_listed = 300;
/** No copy is waited for any longer in one go. */
const longest_wait_ms = 86_400_000;

export function is_over({ state }: Copy): boolean {
  return state !== 'waiting' && state !== 'running';
}

/** What has not come to its end can be gone on with. */
export function may_go_on({ state }: Copy): boolean {
  return state === 'failed' || state === 'incomplete' || state === 'cancelled';
}

/** How to go on without writing over what was to stay; null: a person has to say it, if something is there. */
export function conflict_to_go_on({ conflict }: Copy): CopyConflict | null {
  if (conflict === 'skip') return 'skip';
  return conflict === 'overwrite' || conflict === 'resume' ? 'resume' : null;
}

/** The copies of the server, whoever has started them: listed at each new connection, then as the server tells. */
export class Copies {
  /** Newest first, without those that were cleared. */
  readonly list = signal<readonly Copy[]>([]);
  readonly running = computed(() => this.list.value.filter((copy) => copy.state === 'running').length);
  readonly on_over = new Emitter<Copy>();
  /** Those that this page has begun. */
  private readonly own = new Set<string>();
  private readonly following = new Set<string>();
  private cleared: ReadonlySet<string>;

  constructor(
    private readonly socket: AgentSocket,
    private readonly api: TransfersApi,
    private readonly storage: KeyValueStore,
  ) {
    this.cleared = this.stored();
    socket.on_open.on(() => {
      // Who may not see transfers has none, and a lost connection comes again.
      this.load().catch(() => undefined);
    });
  }

  /** Shows one that was just begun, before the server tells of it. */
  add(copy: Copy): void {
    this.own.add(copy.transfer_id);
    this.put(copy);
    if (copy.state === 'running') this.follow(copy.transfer_id);
  }

  is_own(copy: Copy): boolean {
    return this.own.has(copy.transfer_id);
  }

  async cancel(copy: Copy): Promise<void> {
    this.put(await this.api.cancel(copy.transfer_id));
  }

  /** Takes what is over off the list of this browser. */
  clear(): void {
    this.hide(this.list.value.filter(is_over).map((copy) => copy.transfer_id));
  }

  /** Takes these off the list. */
  hide(ids: readonly string[]): void {
    this.remember([...this.stored(), ...this.cleared, ...ids]);
    this.list.value = this.list.value.filter((copy) => !this.cleared.has(copy.transfer_id));
  }

  private async load(): Promise<void> {
    this.following.clear();
    const { last_id, epoch } = (await this.socket.call('events.recent', { limit: 1 })) as { last_id: number; epoch: string };
    // It ends with the connection.
    this.socket.call('events.stream', { since_id: last_id, epoch }, (data) => this.heard(data as Record<string, unknown>)).catch(() => undefined);
    await this.relist();
  }

  private async relist(): Promise<void> {
    const { transfers } = (await this.socket.call('transfer.list', { limit: most_listed })) as { transfers: Copy[] };
    const there = new Set(transfers.map((copy) => copy.transfer_id));
    // Ids that are not listed any more need not be remembered.
    this.remember([...this.stored(), ...this.cleared].filter((id) => there.has(id)));
    this.list.value = this.list.value.filter((copy) => !this.cleared.has(copy.transfer_id));
    const gone = this.list.value.filter((copy) => !there.has(copy.transfer_id));
    for (const copy of gone) {
      if (!is_over(copy)) this.put({ ...copy, state: 'failed', rate: 0, eta_s: null, error: { code: 'lost', message: '' } });
    }
    for (const copy of [...transfers].reverse()) this.put(copy);
    for (const copy of transfers) if (copy.state === 'running') this.follow(copy.transfer_id);
  }

  private heard(event: Record<string, unknown>): void {
    if (event.event === 'gap' || event.event === 'reset') {
      this.relist().catch(() => undefined);
      return;
    }
    const { transfer_id: id, state } = event;
    if (event.event !== 'agent_event' || event.action !== 'transfer' || typeof id !== 'string') return;
    if (state === 'running') this.follow(id);
    else if (!this.following.has(id)) this.look(id);
  }

  /** Its progress comes several times a second, and its end. */
  private follow(id: string): void {
    if (this.following.has(id)) return;
    this.following.add(id);
    this.socket
      .call('transfer.wait', { transfer_id: id, max_wait_ms: longest_wait_ms }, (data) => this.put(data as Copy))
      .then(
        (copy) => {
          this.following.delete(id);
          this.put(copy as Copy, true);
        },
        () => this.following.delete(id),
      );
  }

  private look(id: string): void {
    this.socket.call('transfer.get', { transfer_id: id }).then(
      (copy) => {
        if (!this.following.has(id)) this.put(copy as Copy, true);
      },
      () => undefined,
    );
  }

  /** `told`: it is news, also when nothing was known of it. */
  private put(copy: Copy, told = false): void {
    if (this.cleared.has(copy.transfer_id)) return;
    const known = this.list.value.find((other) => other.transfer_id === copy.transfer_id);
    // What was told late does not bring one back that is over.
    if (known && is_over(known) && !is_over(copy)) return;
    this.list.value = known ? this.list.value.map((other) => (other === known ? copy : other)) : [copy, ...this.list.value];
    if (is_over(copy) && (known ? !is_over(known) : told)) this.on_over.fire(copy);
  }

  /** Another window may have cleared some. */
  private stored(): Set<string> {
    return new Set((this.storage.get(storage_key) ?? '').split(' ').filter((id) => id !== ''));
  }

  private remember(ids: readonly string[]): void {
    this.cleared = new Set(ids);
    this.storage.set(storage_key, [...this.cleared].join(' '));
  }
}
