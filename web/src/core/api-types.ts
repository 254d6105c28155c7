/** A terminal as the server lists it. */
export interface TerminalInfo {
  id: string;
  type: string;
  connection_id: string | null;
  title: string;
  /** Given by a person or an agent; empty if none was. */
  name: string | null;
  host: string | null;
  port: number | null;
  username: string | null;
  cwd: string | null;
  cols: number;
  rows: number;
  alive: boolean;
  created_at: string;
  /** "user" or "agent:<name>". */
  created_by: string;
  user_visible: boolean;
  transient: boolean;
  is_user_active: boolean;
  /** Bytes of output so far. */
  size: number;
  idle_seconds: number;
  ttl_seconds: number;
  last_user_input_at: string | null;
  last_command: string | null;
  tags: string[];
  exit_code: number | null;
  exit_signal?: string | null;
  state?: 'prompt' | 'running' | 'unknown' | 'exited';
  epoch: string;
}

export type SessionEvent =
  | { kind: 'snapshot'; sessions: TerminalInfo[] }
  | { kind: 'created' | 'updated'; session: TerminalInfo }
  | { kind: 'closed'; session_id: string }
  | { kind: 'heartbeat' };

export interface AuthStatus {
  /** The server takes us for the person who runs it. */
  local: boolean;
  /** An access key is set, so signing in is possible. */
  configured: boolean;
  authenticated: boolean;
}

export interface CreateTerminal {
  type?: 'local' | 'ssh';
  /** A stored SSH connection: the shell runs on its host. */
  connection_id?: string;
  cwd?: string;
  cols: number;
  rows: number;
  name?: string;
}

/** One command as lists show it. */
export interface CommandInfo {
  output_ref: string;
  terminal_id: string;
  terminal_name: string;
  seq: number;
  command: string;
  cwd: string;
  by: string;
  /** Seconds since 1970. */
  started: number;
  duration_ms: number | null;
  exit_code: number | null;
  status: 'running' | 'completed' | 'shell_exited' | 'lost';
  alive: boolean;
  /** Where the words were found, when some were looked for. */
  found_in?: 'command' | 'output' | null;
  /** The line of the output that has the first of the words. */
  excerpt?: string | null;
}

/** The output of one command, or a part of it. */
export interface CommandOutput {
  command: CommandInfo;
  text: string;
  truncated: boolean;
}

export type ApiFormat = 'openai' | 'anthropic' | '';

export interface ModelInfo {
  id: string;
  name?: string;
}

export interface ServerSettings {
  api_format: ApiFormat;
  base_url: string;
  /** Masked; sending it back unchanged or empty keeps the stored key. */
  api_key: string;
  models: ModelInfo[];
  selected_model: string;
  language: string;
  theme: string;
  /** Whether commands are stored; this and the next ones are absent as long as nobody has changed them. */
  command_history?: boolean;
  /** Whether their output is stored with them. */
  history_outputs?: boolean;
  /** How much is kept; 0 means no limit. */
  history_days?: number;
  history_commands?: number;
  history_mb?: number;
}

export interface TokenInfo {
  id: string;
  name: string;
  scopes: string[];
  created_at: string | number | null;
  expires_at: string | number | null;
  last_used_at: string | number | null;
}

export interface NewToken {
  name: string;
  scopes: string[];
  expires_in_seconds?: number;
}

export interface ServerInfo {
  name: string;
  version: string;
  [field: string]: unknown;
}

/** One call that changed something, as it happens. */
export interface Activity {
  id: number;
  running: boolean;
  time: number;
  kind: string;
  who: string;
  surface: string;
  client: string;
  method: string;
  what: string;
  terminal_id: string | null;
  terminal_name: string | null;
  outcome: string | null;
  status: string | null;
  exit_code: number | null;
  duration_ms: number;
}

/** One call of the audit. */
export interface AuditEntry {
  id: number;
  time: number;
  kind: string;
  who: string;
  source: string;
  client: string;
  method: string;
  terminal_id: string | null;
  terminal_name: string | null;
  sha256: string | null;
  outcome: string;
  status: string | null;
  exit_code: number | null;
  duration_ms: number;
}

export interface AuditFilter {
  who: string;
  method: string;
  terminal_id: string;
  failed: boolean;
}

/** An agent that waits to be let in. */
export interface AccessRequest {
  request_id: string;
  code: string;
  name: string;
  scopes: string[];
  reason: string;
  source: string;
  client: string;
  asked: number;
  expires_in_seconds: number;
}
