import type { ApiFormat, ServerSettings } from './api-types';
import type { MessageKey } from '../i18n/en';

/** A form's problems by field; empty when it can be sent. */
export type Problems<Field extends string> = Partial<Record<Field, MessageKey>>;

export interface ProviderForm {
  api_format: ApiFormat;
  base_url: string;
  /** What was typed; empty means "keep the stored one". */
  api_key: string;
  model: string;
}

const longest_text = 2048;

/** Accepts an absolute http(s) URL without credentials, query and fragment. */
export function check_base_url(text: string): MessageKey | null {
  if (text.length > longest_text) return 'error.too_long';
  const match = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/i.exec(text);
  if (!match) return 'error.base_url';
  const host = match[2] ?? '';
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host) ? null : 'error.base_url';
}

export function check_provider(form: ProviderForm): Problems<'base_url' | 'api_key' | 'model'> {
  const problems: Problems<'base_url' | 'api_key' | 'model'> = {};
  const url = form.base_url.trim();
  if (url !== '') {
    const problem = check_base_url(url);
    if (problem) problems.base_url = problem;
  }
  if (/\s/.test(form.api_key.trim())) problems.api_key = 'error.key_spaces';
  else if (form.api_key.length > longest_text) problems.api_key = 'error.too_long';
  if (form.model.length > 200) problems.model = 'error.too_long';
  return problems;
}

/** Only what changed; the key only when one was typed. */
export function provider_change(form: ProviderForm, stored: ServerSettings): Partial<ServerSettings> {
  const change: Partial<ServerSettings> = {};
  if (form.api_format !== stored.api_format) change.api_format = form.api_format;
  if (form.base_url.trim() !== stored.base_url) change.base_url = form.base_url.trim();
  if (form.api_key.trim() !== '') change.api_key = form.api_key.trim();
  const model = form.model.trim();
  if (model !== stored.selected_model) {
    change.selected_model = model;
    if (model !== '' && !stored.models.some((known) => known.id === model)) {
      change.models = [...stored.models, { id: model, name: model }];
    }
  }
  return change;
}

/** How much of the history is kept, as typed. */
export interface HistoryForm {
  days: string;
  commands: string;
  megabytes: string;
}

export const history_defaults = { days: 90, commands: 100_000, megabytes: 512 } as const;
export const history_ranges = {
  days: { min: 0, max: 36_500 },
  commands: { min: 0, max: 100_000_000 },
  megabytes: { min: 0, max: 1_048_576 },
} as const;

export function history_form(stored: ServerSettings): HistoryForm {
  return {
    days: String(stored.history_days ?? history_defaults.days),
    commands: String(stored.history_commands ?? history_defaults.commands),
    megabytes: String(stored.history_mb ?? history_defaults.megabytes),
  };
}

export function check_history(form: HistoryForm): Problems<keyof HistoryForm> {
  const problems: Problems<keyof HistoryForm> = {};
  for (const field of ['days', 'commands', 'megabytes'] as const) {
    const whole = /^\d+$/.test(form[field].trim());
    if (!whole || check_number(form[field], history_ranges[field]) !== null) problems[field] = 'error.range_of';
  }
  return problems;
}

/** Only what changed. */
export function history_change(form: HistoryForm, stored: ServerSettings): Partial<ServerSettings> {
  const before = history_form(stored);
  const change: Partial<ServerSettings> = {};
  if (Number(form.days) !== Number(before.days)) change.history_days = Number(form.days);
  if (Number(form.commands) !== Number(before.commands)) change.history_commands = Number(form.commands);
  if (Number(form.megabytes) !== Number(before.megabytes)) change.history_mb = Number(form.megabytes);
  return change;
}

export const token_scopes = ['read', 'type', 'exec', 'files', 'ssh', 'ai', 'admin', 'force'] as const;
export type TokenScope = (typeof token_scopes)[number];

export interface TokenForm {
  name: string;
  scopes: readonly TokenScope[];
  /** Days until it ends; null means never. */
  days: number | null;
}

export function check_token(form: TokenForm): Problems<'name' | 'scopes' | 'days'> {
  const problems: Problems<'name' | 'scopes' | 'days'> = {};
  const name = form.name.trim();
  if (name === '') problems.name = 'error.required';
  else if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) problems.name = 'error.token_name';
  if (form.scopes.length === 0) problems.scopes = 'error.no_scope';
  if (form.days !== null && !(Number.isInteger(form.days) && form.days >= 1 && form.days <= 3650)) {
    problems.days = 'error.days';
  }
  return problems;
}

const longest_terminal_name_bytes = 128;

export function utf8_length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const scalar = char.codePointAt(0) ?? 0;
    bytes += scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** A terminal's name as the server accepts it; empty takes the name away. */
export function check_terminal_name(name: string): MessageKey | null {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'error.terminal_name';
  return utf8_length(name) <= longest_terminal_name_bytes ? null : 'error.too_long';
}

/** A whole number within a range, as typed into a field. */
export function check_number(text: string, range: { min: number; max: number }): MessageKey | null {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value >= range.min && value <= range.max ? null : 'error.range';
}
