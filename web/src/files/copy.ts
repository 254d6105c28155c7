import type { App } from '../app/context';
import { base_name, join_path } from '../core/file-list';
import type { Place } from '../core/files-api';
import { conflict_to_go_on } from '../core/copies';
import { ApiError } from '../core/rpc-client';
import { at_place, type Copy, type CopyConflict, type CopyOrder } from '../core/transfers-api';
import { connection_of } from './places';
import type { FilesStore } from './store';

/** Copies that the server makes: how they are begun and gone on with. */

export interface CopySource {
  place: Place;
  path: string;
  folder: boolean;
}

export interface CopyChoice {
  /** ask: of each that is there already. */
  conflict: Exclude<CopyConflict, 'fail'> | 'ask';
  checksum: boolean;
}

/** Either end may be a host that asks something. */
function begin(app: App, from: Place, to: Place, order: CopyOrder): Promise<Copy> {
  return app.links.attempt(from, () => app.links.attempt(to, () => app.transfers.start(order)));
}

async function is_there(app: App, place: Place, path: string): Promise<boolean> {
  try {
    await app.links.attempt(place, () => app.files.stat(place, path));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return false;
    throw error;
  }
}

/** What was answered for all that follow is asked no more. */
export class CopyStarter {
  private for_all: CopyConflict | null = null;

  constructor(
    private readonly app: App,
    private readonly store: FilesStore,
    private readonly to: Place,
    private readonly folder: string,
    private readonly choice: CopyChoice,
  ) {}

  /** False: the person would rather not copy this one. */
  async start(source: CopySource, others: number): Promise<boolean> {
    const { app, choice } = this;
    const path = join_path(this.folder, base_name(source.path));
    const order = { from: at_place(source.place, source.path), to: at_place(this.to, path), recursive: true, checksum: choice.checksum };
    let conflict: CopyConflict;
    if (choice.conflict !== 'ask') {
      conflict = choice.conflict;
    } else {
      // Of a folder that is not there nothing can be written over, and what breaks off can be gone on with.
      const there = await is_there(app, this.to, path);
      const answer = there ? await this.ask(path, source.folder, others) : source.folder ? 'resume' : 'fail';
      if (answer === null || (answer === 'skip' && !source.folder)) return false;
      conflict = answer;
    }
    app.copies.add(await begin(app, source.place, this.to, { ...order, conflict }));
    return true;
  }

  private async ask(path: string, folder: boolean, others: number): Promise<CopyConflict | null> {
    if (this.for_all) return this.for_all;
    const answer = await this.store.ask_conflict({ name: base_name(path), path, others, copy: folder ? 'folder' : 'file' });
    if (answer?.all) this.for_all = answer.choice;
    return answer?.choice ?? null;
  }
}

/** Begins it anew with what there is of it; asks first where something could be written over that was to stay. */
export async function go_on(app: App, store: FilesStore, copy: Copy): Promise<void> {
  const from = connection_of(app, copy.from.connection_id);
  const to = connection_of(app, copy.to.connection_id);
  let conflict = conflict_to_go_on(copy);
  if (conflict === null) {
    conflict = 'resume';
    if (await is_there(app, to, copy.to.path)) {
      const answer = await store.ask_conflict({ name: base_name(copy.to.path), path: copy.to.path, others: 0, copy: copy.folder ? 'folder' : 'file' });
      if (answer === null) return;
      conflict = answer.choice;
    }
  }
  const order = { from: at_place(from, copy.from.path), to: at_place(to, copy.to.path), conflict, recursive: true, checksum: copy.checksum };
  const begun = await begin(app, from, to, order);
  app.copies.hide([copy.transfer_id]);
  app.copies.add(begun);
}
