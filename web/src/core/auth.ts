import { signal } from '@preact/signals-core';
import type { AuthStatus } from './api-types';
import { ApiError, type RpcClient } from './rpc-client';

export type AuthPhase = 'checking' | 'in' | 'out' | 'unreachable';

/** Whether the person may work, and if not, why signing in failed. */
export class AuthStore {
  readonly phase = signal<AuthPhase>('checking');
  readonly status = signal<AuthStatus | null>(null);

  constructor(private readonly rpc: RpcClient) {
    rpc.on_unauthorized.on(() => this.expire());
  }

  /** Asks the server; resolves to true if work can go on. Rejects only when it cannot be reached. */
  async check(): Promise<boolean> {
    try {
      const status = await this.rpc.auth_status();
      this.status.value = status;
      this.phase.value = status.authenticated ? 'in' : 'out';
      return status.authenticated;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.expire();
        return false;
      }
      if (this.phase.value === 'checking') this.phase.value = 'unreachable';
      throw error;
    }
  }

  /** Rejects with the server's ApiError if the key is wrong or there were too many tries. */
  async login(key: string): Promise<void> {
    await this.rpc.login(key);
    await this.check();
  }

  async logout(): Promise<void> {
    await this.rpc.logout();
    this.expire();
  }

  /** A 401 came from somewhere. */
  expire(): void {
    this.phase.value = 'out';
  }
}
