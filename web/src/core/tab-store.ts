import { batch, computed, signal, type ReadonlySignal } from '@preact/signals-core';
import type { TerminalInfo } from './api-types';
import type { KeyValueStore } from './platform';
import type { SessionStore } from './session-store';

const storage_key = 'duotty.tabs';
const listing_lag_ms = 2500;

interface Stored {
  order: string[];
  active: string | null;
}

function load(storage: KeyValueStore): Stored {
  try {
    const stored = JSON.parse(storage.get(storage_key) ?? '{}') as Partial<Stored>;
    const order = Array.isArray(stored.order) ? stored.order.filter((id) => typeof id === 'string') : [];
    return { order, active: typeof stored.active === 'string' ? stored.active : null };
  } catch {
    return { order: [], active: null };
  }
}

/** Brings `order` in line with the ids that exist: known ones keep their place, new ones come last. */
export function reconcile_order(order: readonly string[], existing: readonly string[]): string[] {
  const present = new Set(existing);
  const kept = order.filter((id) => present.has(id));
  const known = new Set(kept);
  return [...kept, ...existing.filter((id) => !known.has(id))];
}

export function move_item(order: readonly string[], id: string, to: number): string[] {
  const rest = order.filter((other) => other !== id);
  rest.splice(Math.max(0, Math.min(rest.length, to)), 0, id);
  return rest;
}

/** What comes to the front for a tab that is gone: the next one to its right, or else to its left. */
export function neighbour(before: readonly string[], gone: string, present: readonly string[]): string | undefined {
  const at = before.indexOf(gone);
  const nearest = [...before.slice(at + 1), ...before.slice(0, Math.max(0, at)).reverse()];
  return nearest.find((id) => present.includes(id));
}

/** Which terminals are tabs, in which order, which one is in front and which have news. */
export class TabStore {
  private readonly order: { value: readonly string[] };
  private readonly chosen = signal<string | null>(null);
  /** The order while the chosen one was last there. */
  private last_ids: readonly string[] = [];
  /** Output size at the time a tab was last in front. */
  private readonly seen = new Map<string, number>();
  /** When a tab was last known to be in front. */
  private readonly left_at = new Map<string, number>();
  readonly news = signal<ReadonlySet<string>>(new Set());
  readonly tabs: ReadonlySignal<readonly TerminalInfo[]>;
  readonly active: ReadonlySignal<string | null>;

  constructor(
    private readonly sessions: SessionStore,
    private readonly storage: KeyValueStore,
    private readonly now: () => number,
  ) {
    const stored = load(storage);
    const order = signal<readonly string[]>(stored.order);
    this.order = order;
    this.chosen.value = stored.active;
    this.tabs = computed(() => {
      const shown = [...sessions.sessions.value.values()].filter((info) => info.user_visible);
      const by_id = new Map(shown.map((info) => [info.id, info]));
      return reconcile_order(order.value, [...by_id.keys()]).flatMap((id) => by_id.get(id) ?? []);
    });
    this.active = computed(() => {
      const ids = this.tabs.value.map((tab) => tab.id);
      const chosen = this.chosen.value;
      if (chosen === null) return ids[0] ?? null;
      if (!ids.includes(chosen)) return neighbour(this.last_ids, chosen, ids) ?? ids[0] ?? null;
      this.last_ids = ids;
      return chosen;
    });
  }

  activate(id: string): void {
    const before = this.active.value;
    if (before !== null) this.left_at.set(before, this.now());
    batch(() => {
      this.chosen.value = id;
      this.mark_seen(id);
    });
    this.save();
  }

  /** Moves to the tab `step` places further, around the end. */
  step(step: number): void {
    const ids = this.ids();
    const at = ids.indexOf(this.active.value ?? '');
    const next = ids[(at + step + ids.length) % ids.length];
    if (next !== undefined) this.activate(next);
  }

  activate_at(index: number): void {
    const id = this.ids()[index];
    if (id !== undefined) this.activate(id);
  }

  move(id: string, to: number): void {
    this.order.value = move_item(this.ids(), id, to);
    this.save();
  }

  /** Looks at the listing for output in tabs that are not in front. */
  note_output(): void {
    const active = this.active.value;
    for (const { id, size } of this.tabs.value) {
      const before = this.seen.get(id);
      // The listing lags: what it says of a tab just left was mostly seen while it was in front.
      const just_left = this.now() - (this.left_at.get(id) ?? Number.NEGATIVE_INFINITY) < listing_lag_ms;
      if (before === undefined || id === active || just_left) this.seen.set(id, size);
      else if (size > before) this.mark_news(id);
    }
  }

  /** Something happened in a tab: a command ended, the bell rang, bytes came. */
  mark_news(id: string): void {
    if (id === this.active.value || this.news.value.has(id)) return;
    this.news.value = new Set([...this.news.value, id]);
  }

  private mark_seen(id: string): void {
    this.seen.set(id, this.sessions.get(id)?.size ?? 0);
    if (!this.news.value.has(id)) return;
    const rest = new Set(this.news.value);
    rest.delete(id);
    this.news.value = rest;
  }

  private ids(): string[] {
    return this.tabs.value.map((tab) => tab.id);
  }

  private save(): void {
    const stored: Stored = { order: this.ids(), active: this.chosen.value };
    this.storage.set(storage_key, JSON.stringify(stored));
  }
}
