import { signal, type Signal } from '@preact/signals-core';
import { base_name } from './file-list';
import type { Place } from './files-api';
import type { Clock } from './platform';
import { ApiError } from './rpc-client';

export type ConflictChoice = 'overwrite' | 'rename' | 'skip';

export type TransferState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'cancelled';

/** One request: the rest of a file from an offset on. */
export interface Piece {
  place: Place;
  path: string;
  size: number;
  offset: number;
  upload_id: string;
  conflict: 'fail' | ConflictChoice;
  /** Bytes of this request that have gone out. */
  on_progress: (sent: number) => void;
}

export interface PieceAnswer {
  complete: boolean;
  skipped: boolean;
  /** Bytes that have arrived. */
  offset: number;
  path: string;
}

/** What is sent; its end may be a long time off. `cancel` makes `done` reject. */
export interface Sending {
  done: Promise<PieceAnswer>;
  cancel: () => void;
}

/** A file of the browser, or a folder that is to be made. */
export interface Source {
  size: number;
  /** Sends what follows `piece.offset`; nothing at all with `probe`, to learn how much has arrived. */
  send: (piece: Piece, probe: boolean) => Sending;
}

export class Transfer {
  readonly state = signal<TransferState>('waiting');
  readonly sent = signal(0);
  /** Bytes a second, over the last seconds; null until known. */
  readonly rate = signal<number | null>(null);
  readonly problem = signal<string | null>(null);
  conflict: 'fail' | ConflictChoice = 'fail';
  sending: Sending | null = null;
  /** The server may have something of it: it is asked before more is sent, and before much is sent for nothing. */
  ask_first: boolean;
  marks: { at: number; sent: number }[] = [];

  constructor(
    readonly id: string,
    readonly place: Place,
    public path: string,
    readonly source: Source,
  ) {
    this.ask_first = source.size > much;
  }

  get name(): string {
    return base_name(this.path);
  }

  get over(): boolean {
    return this.state.value !== 'waiting' && this.state.value !== 'running';
  }

  /** Seconds to go; null while nothing can be said. */
  eta(): number | null {
    const rate = this.rate.value;
    return rate === null || rate <= 0 || this.state.value !== 'running' ? null : Math.ceil((this.source.size - this.sent.value) / rate);
  }
}

export interface QueueServices {
  clock: Clock;
  new_id: () => string;
  /** A file of that name is there. `all` answers for those that follow too; null cancels. */
  ask: (transfer: Transfer, others: number) => Promise<{ choice: ConflictChoice; all: boolean } | null>;
  /** Asks the person what a host wants to know, and tries again. */
  attempt: <T>(place: Place, work: () => Promise<T>) => Promise<T>;
  /** Something is there that was not before. */
  arrived: (transfer: Transfer) => void;
}

const at_once = 3;
const much = 1_000_000;
const most_retries = 4;
const retry_ms = [500, 1500, 4000, 10_000];
const rate_window_ms = 4000;

/** Uploads, a few at a time; each keeps what has arrived and goes on from there. */
export class TransferQueue {
  readonly list: Signal<readonly Transfer[]> = signal([]);
  readonly running = signal(0);
  private answer_for_all: ConflictChoice | null = null;
  private asking: Promise<unknown> = Promise.resolve();

  constructor(private readonly services: QueueServices) {}

  add(place: Place, path: string, source: Source): Transfer {
    const transfer = new Transfer(this.services.new_id(), place, path, source);
    if (this.open().length === 0) this.answer_for_all = null;
    this.list.value = [...this.list.value, transfer];
    this.fill();
    return transfer;
  }

  cancel(transfer: Transfer): void {
    if (transfer.over) return;
    transfer.state.value = 'cancelled';
    transfer.sending?.cancel();
    this.fill();
  }

  cancel_all(): void {
    for (const transfer of this.open()) this.cancel(transfer);
  }

  /** Goes on with what failed or was cancelled. */
  retry(transfer: Transfer): void {
    if (transfer.state.value !== 'failed' && transfer.state.value !== 'cancelled') return;
    transfer.problem.value = null;
    transfer.state.value = 'waiting';
    this.fill();
  }

  /** Takes what is over off the list. */
  clear(): void {
    this.list.value = this.list.value.filter((transfer) => !transfer.over);
  }

  open(): Transfer[] {
    return this.list.value.filter((transfer) => !transfer.over);
  }

  private fill(): void {
    for (const transfer of this.list.value) {
      if (this.running.value >= at_once) return;
      if (transfer.state.value !== 'waiting') continue;
      transfer.state.value = 'running';
      this.running.value += 1;
      void this.run(transfer).finally(() => {
        this.running.value -= 1;
        this.fill();
      });
    }
  }

  private async run(transfer: Transfer): Promise<void> {
    transfer.marks = [];
    transfer.rate.value = null;
    try {
      for (let tries = 0; transfer.state.value === 'running'; ) {
        try {
          if (await this.go(transfer)) return;
        } catch (error) {
          if (transfer.over) return;
          const again = error instanceof ApiError && error.unreachable && tries < most_retries;
          if (!again) throw error;
          await this.pause(retry_ms[tries++] ?? 10_000);
        }
      }
    } catch (error) {
      if (transfer.over) return;
      transfer.problem.value = error instanceof Error ? error.message : String(error);
      transfer.state.value = 'failed';
    } finally {
      transfer.sending = null;
    }
  }

  /** One request and what follows from its answer; true when the transfer is over. */
  private async go(transfer: Transfer): Promise<boolean> {
    try {
      // What went out before may not all have arrived: the server knows.
      const known = transfer.ask_first && transfer.source.size > 0 ? await this.arrived_bytes(transfer) : null;
      if (transfer.over) return true;
      const offset = known?.offset ?? 0;
      transfer.sent.value = offset;
      const answer = known?.complete ? known : await this.services.attempt(transfer.place, () => this.send(transfer, offset, false));
      if (transfer.over) return true;
      if (!answer.complete) return false;
      transfer.path = answer.path === '' ? transfer.path : answer.path;
      transfer.sent.value = transfer.source.size;
      transfer.state.value = answer.skipped ? 'skipped' : 'done';
      if (!answer.skipped) this.services.arrived(transfer);
      return true;
    } catch (error) {
      if (transfer.over) return true;
      if (!(error instanceof ApiError) || error.code !== 'conflict' || error.field !== 'path' || transfer.conflict !== 'fail') throw error;
      transfer.ask_first = false;
      transfer.sent.value = 0;
      const choice = await this.choose(transfer);
      if (choice === null) this.cancel(transfer);
      else if (choice === 'skip') transfer.state.value = 'skipped';
      else transfer.conflict = choice;
      return transfer.over;
    }
  }

  /** An empty piece at a place that is most likely wrong: the answer says the right one. */
  private async arrived_bytes(transfer: Transfer): Promise<PieceAnswer> {
    try {
      return await this.services.attempt(transfer.place, () => this.send(transfer, Math.max(1, transfer.sent.value), true));
    } catch (error) {
      const offset = error instanceof ApiError ? error.details?.offset : undefined;
      if (typeof offset !== 'number') throw error;
      return { complete: false, skipped: false, offset, path: '' };
    }
  }

  private send(transfer: Transfer, offset: number, probe: boolean): Promise<PieceAnswer> {
    const { place, path, source, id, conflict } = transfer;
    if (transfer.over) return Promise.reject(new Error('cancelled'));
    if (!probe) transfer.ask_first = true;
    const on_progress = (sent: number): void => this.progress(transfer, offset + sent);
    transfer.sending = source.send({ place, path, size: source.size, offset, upload_id: id, conflict, on_progress }, probe);
    return transfer.sending.done;
  }

  private progress(transfer: Transfer, sent: number): void {
    const now = this.services.clock.now();
    transfer.sent.value = Math.min(sent, transfer.source.size);
    transfer.marks = [...transfer.marks.filter(({ at }) => now - at <= rate_window_ms), { at: now, sent }];
    const first = transfer.marks[0];
    if (first && now - first.at >= 250) transfer.rate.value = ((sent - first.sent) * 1000) / (now - first.at);
  }

  /** One question at a time. */
  private choose(transfer: Transfer): Promise<ConflictChoice | null> {
    const answer = this.asking.then(async (): Promise<ConflictChoice | null> => {
      if (transfer.over) return null;
      if (this.answer_for_all) return this.answer_for_all;
      const chosen = await this.services.ask(transfer, this.open().length - 1);
      if (chosen?.all) this.answer_for_all = chosen.choice;
      return chosen?.choice ?? null;
    });
    this.asking = answer.catch(() => undefined);
    return answer;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.services.clock.set_timer(resolve, ms));
  }
}
