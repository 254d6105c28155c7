import { signal } from '@preact/signals';
import type { App } from '../app/context';
import type { Listing, Place } from '../core/files-api';
import { Declined } from '../core/links';
import { ApiError } from '../core/rpc-client';

export const usual_limit = 2000;

/** A folder of some place that one walks about in. */
export class Folder {
  readonly place = signal<Place>(null);
  readonly listing = signal<Listing | null>(null);
  readonly roots = signal<readonly string[]>([]);
  readonly loading = signal(false);
  readonly problem = signal<string | null>(null);
  protected limit = usual_limit;
  private token = 0;
  private wanted = '';

  constructor(protected readonly app: App) {}

  /** Where a place begins. */
  start_of(place: Place): string {
    const start = this.app.connections.get(place)?.start_directory ?? '';
    return start === '' ? '~' : start;
  }

  /** What was asked for last is what is shown. */
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
      this.show(listing);
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

  reload(): void {
    this.app.run(this.open(this.place.value, this.wanted === '' ? '~' : this.wanted));
  }

  protected show(listing: Listing): void {
    this.listing.value = listing;
  }
}
