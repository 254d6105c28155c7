import { batch, effect, signal } from '@preact/signals';
import type { App } from '../app/context';
import { browser_clock, browser_storage, random_word } from '../app/platform';
import { arranged, base_name, join_path, parent_of, type Sorting } from '../core/file-list';
import type { FileEntry, Listing, Place } from '../core/files-api';
import { ApiError } from '../core/rpc-client';
import { TransferQueue, type ConflictChoice } from '../core/transfers';
import type { Copy } from '../core/transfers-api';
import type { Dropped } from './dropped';
import { Folder, usual_limit } from './folder';
import { connection_of } from './places';
import { file_source } from './upload';

const storage_key = 'duotty.files';
const most = 50_000;

/** Something of that name is there already. */
export interface Conflict {
  name: string;
  path: string;
  /** How many follow. */
  others: number;
  /** It is a copy of the server, which can also look what differs. */
  copy?: 'file' | 'folder';
}

export interface ConflictAnswer {
  choice: ConflictChoice | 'resume';
  all: boolean;
}

/** Who began it and went on with something else learns of its end. */
function tell_end(app: App, copy: Copy): void {
  if (!app.copies.is_own(copy) || copy.state === 'cancelled') return;
  const text = app.t(copy.state === 'done' ? 'copy.ended' : 'copy.ended_badly', { name: base_name(copy.from.path) });
  const action = { label: app.t('common.open'), run: () => { app.drawer.value = 'files'; } };
  app.toasts.show(text, { tone: copy.state === 'done' ? 'info' : 'error', action });
}

/** What is shown of the files, and what is on its way; it lives as long as the page. */
export class FilesStore extends Folder {
  readonly sorting = signal<Sorting>({ key: 'name', down: false });
  readonly hidden = signal(browser_storage.get(storage_key) === 'hidden');
  readonly selected = signal<ReadonlySet<string>>(new Set());
  /** The folder is that of the shell in front. */
  readonly follow = signal(false);
  readonly editing = signal<{ place: Place; path: string } | null>(null);
  /** What shall be copied to another folder, while it is asked where. */
  readonly copying = signal<{ place: Place; folder: string; entries: readonly FileEntry[] } | null>(null);
  /** A file of that name is there: the person decides. */
  readonly conflict = signal<(Conflict & { id: string; answer: (answer: ConflictAnswer | null) => void }) | null>(null);
  /** Where something was copied to last. */
  copied_to: { place: Place; path: string } | null = null;
  /** The name that gets the focus once it is listed. */
  wanted_focus: string | null = null;

  readonly queue: TransferQueue;

  constructor(app: App) {
    super(app);
    this.queue = new TransferQueue({
      clock: browser_clock,
      new_id: random_word,
      attempt: (place, work) => app.links.attempt(place, work),
      ask: async ({ name, path }, others) => {
        const answer = await this.ask_conflict({ name, path, others });
        return answer && answer.choice !== 'resume' ? { choice: answer.choice, all: answer.all } : null;
      },
      arrived: (transfer) => {
        if (transfer.place === this.place.value && parent_of(transfer.path) === this.listing.value?.path) this.reload_soon();
      },
    });
    effect(() => {
      app.uploads_running.value = this.queue.running.value;
    });
    app.copies.on_over.on((copy) => {
      const { to } = copy;
      if (app.drawer.value !== 'files') tell_end(app, copy);
      const path = this.listing.value?.path;
      if (connection_of(app, to.connection_id) === this.place.value && (to.path === path || parent_of(to.path) === path)) this.reload_soon();
    });
    window.addEventListener('beforeunload', (event) => {
      if (this.queue.open().length > 0) event.preventDefault();
    });
  }

  entries(): FileEntry[] {
    return arranged(this.listing.value?.entries ?? [], this.sorting.value, this.hidden.value);
  }

  protected override show(listing: Listing): void {
    if (listing.path !== this.listing.value?.path) this.selected.value = new Set();
    super.show(listing);
    const there = new Set(listing.entries.map((entry) => entry.name));
    this.selected.value = new Set([...this.selected.value].filter((name) => there.has(name)));
  }

  /** Goes somewhere by the person's hand: the shell is not followed any more. */
  go(path: string, focus: string | null = null): void {
    this.follow.value = false;
    this.limit = usual_limit;
    this.wanted_focus = focus;
    this.app.run(this.open(this.place.value, path));
  }

  /** Lists anew, with the focus on this name. */
  reload_at(name: string): void {
    this.wanted_focus = name;
    this.reload();
  }

  show_all(): void {
    this.limit = most;
    this.reload();
  }

  private reload_timer: number | null = null;

  /** Many files may arrive in a moment. */
  private reload_soon(): void {
    this.reload_timer ??= window.setTimeout(() => {
      this.reload_timer = null;
      this.reload();
    }, 300);
  }

  toggle_hidden(): void {
    this.hidden.value = !this.hidden.value;
    browser_storage.set(storage_key, this.hidden.value ? 'hidden' : '');
  }

  select(name: string, on: boolean): void {
    const next = new Set(this.selected.value);
    if (on) next.add(name);
    else next.delete(name);
    this.selected.value = next;
  }

  /** One question at a time; null: neither. */
  ask_conflict(conflict: Conflict): Promise<ConflictAnswer | null> {
    const answer = this.asking.then(
      () =>
        new Promise<ConflictAnswer | null>((resolve) => {
          this.conflict.value = {
            ...conflict,
            id: random_word(),
            answer: (answer) => {
              this.conflict.value = null;
              resolve(answer);
            },
          };
        }),
    );
    this.asking = answer;
    return answer;
  }

  private asking: Promise<unknown> = Promise.resolve();

  /** Folders are made first, then the files go into the queue. */
  async upload(dropped: Dropped): Promise<void> {
    const folder = this.listing.value?.path;
    if (folder === undefined) return;
    const place = this.place.value;
    const { app } = this;
    for (const path of dropped.folders) {
      try {
        await app.links.attempt(place, () => app.files.mkdir(place, join_path(folder, path)));
      } catch (error) {
        // One that is there already will do.
        if (!(error instanceof ApiError) || error.code !== 'conflict') throw error;
      }
    }
    batch(() => {
      for (const { path, file } of dropped.files) this.queue.add(place, join_path(folder, path), file_source(app, file));
    });
    if (dropped.folders.length > 0) this.reload();
  }
}

let store: FilesStore | null = null;

/** The one of this page. */
export function files_store(app: App): FilesStore {
  store ??= new FilesStore(app);
  return store;
}
