import type { RpcClient } from './rpc-client';

export type AuthType = 'password' | 'key' | 'agent' | 'keyboard-interactive';
export type HostKeyPolicy = 'ask' | 'accept_new' | 'strict';

/** A stored connection. Secrets are masked; null where there is none. */
export interface Connection {
  id: string;
  title: string;
  host: string;
  port: number;
  username: string;
  auth_type: AuthType;
  password: string | null;
  private_key: string | null;
  passphrase: string | null;
  private_key_path: string;
  proxy_jump: string;
  keepalive_s: number;
  agent_forwarding: boolean;
  host_key_policy: HostKeyPolicy;
  env: Record<string, string>;
  start_directory: string;
  tags: string[];
  group: string;
  color: string;
  created_at: string;
  last_connected: string | null;
  has_runbook: boolean;
}

export type SecretName = 'password' | 'private_key' | 'passphrase';

/** What is sent of a connection; what is left out stays as it is. */
export type ConnectionChange = Partial<Omit<Connection, 'id' | 'created_at' | 'last_connected' | 'has_runbook'>> & {
  remove_secrets?: SecretName[];
};

export interface HostKey {
  host: string;
  port: number;
  type: string;
  fingerprint: string;
  /** known, unknown, changed or revoked. */
  state: string;
  /** Type and fingerprint of what is accepted for the host. */
  stored: string[];
}

export interface TestStep {
  step: string;
  ok: boolean;
  detail: string;
  duration_ms: number;
}

export interface TestResult {
  ok: boolean;
  connection_id: string;
  steps: TestStep[];
  reason?: string | null;
  message?: string | null;
  host_key?: HostKey | null;
  method?: string | null;
  server?: string | null;
  banner?: string | null;
}

export interface Questions {
  round: number;
  name: string;
  instruction: string;
  prompts: { text: string; hidden: boolean }[];
}

export interface ConnectState {
  state: 'connected' | 'connecting' | 'awaiting_auth';
  connection_id: string;
  questions?: Questions | null;
}

export type ForwardKind = 'local' | 'remote' | 'dynamic';

export interface ForwardRequest {
  connection_id: string;
  kind: ForwardKind;
  /** Empty: loopback of who listens. */
  bind: string;
  /** 0: any. */
  port: number;
  target_host?: string;
  target_port?: number;
  keep: boolean;
}

export interface Forward {
  id: string;
  connection_id: string;
  kind: ForwardKind;
  bind: string;
  port: number;
  target_host: string;
  target_port: number;
  keep: boolean;
  state: 'listening' | 'reconnecting' | 'failed';
  error?: string | null;
  /** Why the last connection that did not come about did not. */
  trouble?: string | null;
  connections: number;
  connections_total: number;
  bytes_to_host: number;
  bytes_from_host: number;
}

export interface ImportRequest {
  format: 'ssh_config' | 'electerm' | 'duotty';
  text?: string;
  bookmarks?: unknown;
  names?: string[];
  group?: string;
  dry_run: boolean;
}

export interface ImportResult {
  dry_run: boolean;
  imported: number;
  connections: { title: string; host: string; port: number; username: string; auth_type: string }[];
  skipped: { title: string; reason: string }[];
  notes: string[];
}

const base = '/api/agent/ssh';
const place = (id: string, what = ''): string => `${base}/connections/${encodeURIComponent(id)}${what}`;

/** The methods `ssh.*`. */
export class SshApi {
  constructor(private readonly rpc: RpcClient) {}

  async connections(): Promise<Connection[]> {
    return ((await this.rpc.call('GET', `${base}/connections`)) as { connections: Connection[] }).connections;
  }

  async create(connection: ConnectionChange): Promise<string> {
    return ((await this.rpc.call('POST', `${base}/connections`, connection)) as { id: string }).id;
  }

  async update(id: string, change: ConnectionChange): Promise<void> {
    await this.rpc.call('PUT', place(id), change);
  }

  async remove(id: string): Promise<void> {
    await this.rpc.call('DELETE', place(id));
  }

  async test(id: string): Promise<TestResult> {
    return (await this.rpc.call('POST', place(id, '/test'), {})) as TestResult;
  }

  async host_key(id: string): Promise<HostKey> {
    return (await this.rpc.call('GET', place(id, '/host_key'))) as HostKey;
  }

  async accept_host_key(id: string, fingerprint: string): Promise<void> {
    await this.rpc.call('POST', place(id, '/host_key'), { fingerprint });
  }

  async hang_up(id: string): Promise<boolean> {
    return ((await this.rpc.call('POST', place(id, '/hang_up'), {})) as { was_connected: boolean }).was_connected;
  }

  async runbook(id: string): Promise<string> {
    return ((await this.rpc.call('GET', place(id, '/runbook'))) as { text: string }).text;
  }

  async save_runbook(id: string, text: string): Promise<void> {
    await this.rpc.call('PUT', place(id, '/runbook'), { text });
  }

  async forwards(id: string): Promise<Forward[]> {
    return ((await this.rpc.call('GET', `${base}/forwards?connection_id=${encodeURIComponent(id)}`)) as { forwards: Forward[] }).forwards;
  }

  async open_forward(request: ForwardRequest): Promise<Forward> {
    return (await this.rpc.call('POST', `${base}/forwards`, request)) as Forward;
  }

  async close_forward(id: string): Promise<void> {
    await this.rpc.call('DELETE', `${base}/forwards/${encodeURIComponent(id)}`);
  }

  async import(request: ImportRequest): Promise<ImportResult> {
    return (await this.rpc.call('POST', `${base}/import`, request)) as ImportResult;
  }

  /** Signs in and keeps the connection warm; answers early when the host asks something. */
  async connect(id: string, wait_ms: number): Promise<ConnectState> {
    return (await this.rpc.call('POST', `${base}/${encodeURIComponent(id)}/connect`, { wait_ms })) as ConnectState;
  }

  /** No answers at all take the attempt back. */
  async answer(id: string, round: number, answers: readonly string[]): Promise<ConnectState> {
    return (await this.rpc.call('POST', `${base}/${encodeURIComponent(id)}/answer`, { round, answers })) as ConnectState;
  }
}
