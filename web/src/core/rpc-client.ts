import type {
  AuditEntry,
  AuditFilter,
  AuthStatus,
  CommandInfo,
  CommandOutput,
  CreateTerminal,
  ModelInfo,
  NewToken,
  ServerInfo,
  ServerSettings,
  TerminalInfo,
  TokenInfo,
} from './api-types';
import { Emitter } from './emitter';
import type { HttpRequest, HttpResponse, HttpTransport } from './platform';

/** A failed call. `status` is 0 and `code` "unreachable" when no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly retry_after?: number,
    /** Facts beside the message, as the method gives them. */
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  get unreachable(): boolean {
    return this.status === 0;
  }
}

function is_object(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse_json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads the server's error shape; anything else becomes a plain sentence with the status. */
export function error_from(response: HttpResponse): ApiError {
  const body = parse_json(response.text);
  const error = is_object(body) ? body.error : undefined;
  if (is_object(error) && typeof error.message === 'string') {
    const code = typeof error.code === 'string' ? error.code : `http_${response.status}`;
    const field = typeof error.field === 'string' ? error.field : undefined;
    const details = is_object(error.details) ? error.details : undefined;
    return new ApiError(response.status, code, error.message, field, response.retry_after, details);
  }
  const detail = is_object(body) && typeof body.detail === 'string' ? body.detail : `HTTP ${response.status}`;
  return new ApiError(response.status, `http_${response.status}`, detail, undefined, response.retry_after);
}

/** The conditions that are set, as the server names them. */
export function audit_query(filter: AuditFilter): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of ['who', 'method', 'terminal_id'] as const) if (filter[name].trim() !== '') query[name] = filter[name].trim();
  if (filter.failed) query.outcome = 'failed';
  return query;
}

export function query_text(query: Record<string, string>): string {
  return Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

/** The server's JSON API. Every failure is an `ApiError`; a 401 is also announced by `on_unauthorized`. */
export class RpcClient {
  readonly on_unauthorized = new Emitter<void>();

  constructor(private readonly transport: HttpTransport) {}

  async call(method: HttpRequest['method'], path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { 'X-Duotty': '1', Accept: 'application/json' };
    const request: HttpRequest = { method, path, headers };
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
      request.body = JSON.stringify(body);
    }
    let response: HttpResponse;
    try {
      response = await this.transport(request);
    } catch {
      throw new ApiError(0, 'unreachable', 'The server does not answer.');
    }
    if (response.status >= 400) {
      const error = error_from(response);
      if (response.status === 401 && path !== '/api/auth/login') this.on_unauthorized.fire();
      throw error;
    }
    if (response.text === '') return undefined;
    const parsed = parse_json(response.text);
    if (parsed === undefined) throw new ApiError(response.status, 'bad_answer', 'The server sent something unreadable.');
    return parsed;
  }

  async auth_status(): Promise<AuthStatus> {
    return (await this.call('GET', '/api/auth/status')) as AuthStatus;
  }

  async login(key: string): Promise<void> {
    await this.call('POST', '/api/auth/login', { key });
  }

  async logout(): Promise<void> {
    await this.call('POST', '/api/auth/logout', {});
  }

  async ws_ticket(): Promise<string> {
    return ((await this.call('POST', '/api/auth/ws-ticket', {})) as { ticket: string }).ticket;
  }

  async terminals(): Promise<TerminalInfo[]> {
    return ((await this.call('GET', '/api/agent/terminals')) as { terminals: TerminalInfo[] }).terminals;
  }

  async create_terminal(options: CreateTerminal): Promise<TerminalInfo> {
    const body = { type: 'local', created_by: 'user', ttl_seconds: 0, ...options };
    return (await this.call('POST', '/api/agent/terminals', body)) as TerminalInfo;
  }

  async update_terminal(id: string, change: { name?: string; tags?: string[] }): Promise<TerminalInfo> {
    return (await this.call('PATCH', `/api/agent/terminals/${encodeURIComponent(id)}`, change)) as TerminalInfo;
  }

  async close_terminal(id: string): Promise<void> {
    await this.call('DELETE', `/api/agent/terminals/${encodeURIComponent(id)}`);
  }

  /** Commands of one terminal or of all, the newest first. */
  async commands(wanted: { q: string; failed: boolean; output: boolean; terminal_id?: string }): Promise<CommandInfo[]> {
    const place_of_words = wanted.output ? 'any' : 'command';
    const query = `q=${encodeURIComponent(wanted.q)}&in=${place_of_words}&failed=${wanted.failed}&limit=100`;
    const place = wanted.terminal_id === undefined ? '' : `/terminals/${encodeURIComponent(wanted.terminal_id)}`;
    return ((await this.call('GET', `/api/agent${place}/commands?${query}`)) as { commands: CommandInfo[] }).commands;
  }

  /** Forgets every command with its output; answers how many there were. */
  async delete_commands(): Promise<number> {
    return ((await this.call('DELETE', '/api/agent/commands?all=true')) as { deleted: number }).deleted;
  }

  /** The output of one command, as much as one answer takes. */
  async output(output_ref: string): Promise<CommandOutput> {
    const path = `/api/agent/output?output_ref=${encodeURIComponent(output_ref)}&limit=4194304`;
    return (await this.call('GET', path)) as CommandOutput;
  }

  /** Sends a viewer away from a terminal. */
  async kick_viewer(id: string, viewer: string): Promise<void> {
    await this.call('POST', `/api/agent/terminals/${encodeURIComponent(id)}/kick`, { viewer });
  }

  async settings(): Promise<ServerSettings> {
    return (await this.call('GET', '/api/settings')) as ServerSettings;
  }

  async save_settings(change: Partial<ServerSettings>): Promise<void> {
    await this.call('POST', '/api/settings', change);
  }

  /** The whole configuration, secrets included. */
  async export_settings(): Promise<unknown> {
    return this.call('GET', '/api/settings/export');
  }

  /** Rejects with status 404 or 405 where the server does not offer it. */
  async fetch_models(provider: { base_url: string; api_key: string; api_format: string }): Promise<ModelInfo[]> {
    const answer = (await this.call('POST', '/api/models/fetch', provider)) as {
      success?: boolean;
      message?: string;
      models?: ModelInfo[];
    };
    if (answer.success === false) throw new ApiError(502, 'provider', answer.message ?? 'The provider refused.');
    return answer.models ?? [];
  }

  async tokens(): Promise<TokenInfo[]> {
    return ((await this.call('GET', '/api/tokens')) as { tokens: TokenInfo[] }).tokens;
  }

  async create_token(token: NewToken): Promise<TokenInfo & { token: string }> {
    return (await this.call('POST', '/api/tokens', token)) as TokenInfo & { token: string };
  }

  async revoke_token(id: string): Promise<void> {
    await this.call('DELETE', `/api/tokens/${encodeURIComponent(id)}`);
  }

  async reveal_agent_token(): Promise<string> {
    return ((await this.call('GET', '/api/settings/token/reveal')) as { token: string }).token;
  }

  /** A page of the audit, the newest first. */
  async audit(filter: AuditFilter, before: number | null): Promise<{ entries: AuditEntry[]; next_before: number | null }> {
    const page: Record<string, string> = before === null ? {} : { before: String(before) };
    return (await this.call('GET', `/api/audit?${query_text({ ...audit_query(filter), ...page, limit: '50' })}`)) as { entries: AuditEntry[]; next_before: number | null };
  }

  /** Lets an agent in, or not. */
  async decide_access(id: string, decision: { allow: boolean; scopes?: readonly string[]; expires_in_seconds?: number }): Promise<void> {
    await this.call('POST', `/api/access/${encodeURIComponent(id)}`, decision);
  }

  async server_info(): Promise<ServerInfo> {
    return (await this.call('GET', '/api/server/info')) as ServerInfo;
  }
}
