import { signal } from '@preact/signals-core';
import type { Connection, SshApi } from './ssh-api';

/** The stored connections as they were last fetched. */
export class ConnectionStore {
  readonly list = signal<readonly Connection[] | null>(null);
  private fetching: Promise<void> | null = null;

  constructor(private readonly ssh: SshApi) {}

  get(id: string | null): Connection | undefined {
    return id === null ? undefined : this.list.value?.find((connection) => connection.id === id);
  }

  reload(): Promise<void> {
    this.fetching ??= this.ssh
      .connections()
      .then((connections) => {
        this.list.value = connections;
      })
      .finally(() => {
        this.fetching = null;
      });
    return this.fetching;
  }
}
