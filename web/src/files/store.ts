import { batch, effect, signal } from '@preact/signals';
import type { App } from '../app/context';
import { browser_clock, browser_storage, random_word } from '../app/platform';
import { arranged, join_path, parent_of, type Sorting } from '../core/file-list';
import type { FileEntry, Listing, Place } from '../core/files-api';
import { Declined } from '../core/links';
import { ApiError } from '../core/rpc-client';
import { TransferQueue, type ConflictChoice, type Transfer } from '../core/transfers';
import type { Dropped } from './dropped';
import { file_source } from './upload';

const storage_key = 'duotty.files';
const usual_limit = 2000;
const most = 50_000;

/** What is shown of the files, and what is on its way; it lives as long as the page. */
export class FilesStore {
  readonly place = signal<Place>(null);
  readonly listing = signal<Listing | null>(null);
  readonly roots = signal<readonly string[]>([]);
  readonly loading = signal(false);
  readonly problem = signal<string | null>(null);
  readonly sorting = signal<Sorting>({ key: 'name', down: false });
  readonly hidden = signal(browser_storage.get(storage_key) === 'hidden');
  readonly selected = signal<ReadonlySet<string>>(new Set());
  /** The folder is that of the shell in front. */
  readonly follow = signal(false);
  readonly editing = signal<{ place: Place; path: string } | null>(null);
  /** A file of that name is there: the person decides. */
  readonly conflict = signal<{ transfer: Transfer; others: number; answer: (choice: { choice: ConflictChoice; all: boolean } | null) => void } | null>(null);
  /** The name that gets the focus once it is listed. */
  wanted_focus: string | null = null;
  private token = 0;
  private wanted = '';
  private limit = usual_limit;

  readonly queue: TransferQueue;

  constructor(private readonly app: App) {
    this.queue = new TransferQueue({
      clock: browser_clock,
      new_id: random_word,
      attempt: (place, work) => app.links.attempt(place, work),
      ask: (transfer, others) =>
        new Promise((resolve) => {
          this.conflict.value = {
            transfer,
            others,
            answer: (choice) => {
              this.conflict.value = null;
              resolve(choice);
            },
          };
        }),
      arrived: (transfer) => {
        if (transfer.place === this.place.value && parent_of(transfer.path) === this.listing.value?.path) this.reload_soon();
      },
    });
    effect(() => {
      app.transfers_running.value = this.queue.running.value;
    });
    window.addEventListener('beforeunload', (event) => {
      if (this.queue.open().length > 0) event.preventDefault();
    });
  }

  entries(): FileEntry[] {
    return arranged(this.listing.value?.entries ?? [], this.sorting.value, this.hidden.value);
  }

  /** Where a place begins. */
  start_of(place: Place): string {
    const start = this.app.connections.get(place)?.start_directory ?? '';
    return start === '' ? '~' : start;
  }

  async open(place: Place, path: string): Promise<void> {
    const token = ++this.token;
    this.loading.value = true;
    this.problem.value = null;
    this.wanted = path;
    if (place !== this.place.value) {
      this.place.value = place;
      this.listing.value = null;
      this.roots.value = [];
    }
    try {
      const listing = await this.app.links.attempt(place, () => this.app.files.list(place, path, this.limit));
      if (token !== this.token) return;
      if (listing.path !== this.listing.value?.path) this.selected.value = new Set();
      this.listing.value = listing;
      const there = new Set(listing.entries.map((entry) => entry.name));
      this.selected.value = new Set([...this.selected.value].filter((name) => there.has(name)));
      if (this.roots.value.length === 0) this.roots.value = await this.app.files.roots(place);
    } catch (error) {
      if (token !== this.token) return;
      if (error instanceof ApiError && error.status === 401) throw error;
      this.problem.value = error instanceof Error ? error.message : String(error);
      if (error instanceof Declined && this.listing.value === null) this.problem.value = this.app.t('files.not_connected');
    } finally {
      if (token === this.token) this.loading.value = false;
    }
  }

  /** Goes somewhere by the person's hand: the shell is not followed any more. */
  go(path: string, focus: string | null = null): void {
    this.follow.value = false;
    this.limit = usual_limit;
    this.wanted_focus = focus;
    this.app.run(this.open(this.place.value, path));
  }

  reload(): void {
    this.app.run(this.open(this.place.value, this.wanted === '' ? '~' : this.wanted));
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
