import type { MessageKey } from '../i18n/en';
import { check_number, type Problems } from './settings-form';
import type { AuthType, Connection, ConnectionChange, HostKeyPolicy, SecretName } from './ssh-api';
import { check_host, check_user } from './ssh-target';

/** A connection as its form has it: everything as typed. Empty secrets keep the stored ones. */
export interface ConnectionForm {
  title: string;
  host: string;
  port: string;
  username: string;
  auth_type: AuthType;
  password: string;
  private_key: string;
  private_key_path: string;
  passphrase: string;
  remove_secrets: SecretName[];
  proxy_jump: string;
  keepalive_s: string;
  agent_forwarding: boolean;
  host_key_policy: HostKeyPolicy;
  /** NAME=value, one a line. */
  env: string;
  start_directory: string;
  /** With commas between. */
  tags: string;
  group: string;
  color: string;
}

export const empty_connection: ConnectionForm = {
  title: '', host: '', port: '22', username: '', auth_type: 'key', password: '', private_key: '', private_key_path: '', passphrase: '',
  remove_secrets: [], proxy_jump: '', keepalive_s: '30', agent_forwarding: false, host_key_policy: 'ask', env: '', start_directory: '',
  tags: '', group: '', color: '',
};

export const port_range = { min: 1, max: 65_535 } as const;
export const keepalive_range = { min: 0, max: 86_400 } as const;

export function connection_form(stored: Connection): ConnectionForm {
  return {
    ...empty_connection,
    title: stored.title,
    host: stored.host,
    port: String(stored.port),
    username: stored.username,
    auth_type: stored.auth_type,
    private_key_path: stored.private_key_path,
    proxy_jump: stored.proxy_jump,
    keepalive_s: String(stored.keepalive_s),
    agent_forwarding: stored.agent_forwarding,
    host_key_policy: stored.host_key_policy,
    env: Object.entries(stored.env).map(([name, value]) => `${name}=${value}`).join('\n'),
    start_directory: stored.start_directory,
    tags: stored.tags.join(', '),
    group: stored.group,
    color: stored.color,
  };
}

export function split_tags(text: string): string[] {
  return [...new Set(text.split(/[,，]/).map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

/** Null when a line is no NAME=value. */
export function parse_env(text: string): Record<string, string> | null {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (!match) return null;
    env[match[1] ?? ''] = match[2] ?? '';
  }
  return env;
}

type Field = keyof ConnectionForm;

const whole = (text: string, range: { min: number; max: number }): boolean => /^\d+$/.test(text.trim()) && check_number(text, range) === null;

export function check_connection(form: ConnectionForm): Problems<Field> {
  const problems: Problems<Field> = {};
  const need = (field: 'host' | 'username', good: (text: string) => boolean, problem: MessageKey): void => {
    const text = form[field].trim();
    if (text === '') problems[field] = 'error.required';
    else if (!good(text)) problems[field] = problem;
  };
  need('host', check_host, 'error.ssh_host');
  need('username', check_user, 'error.ssh_user');
  if (!whole(form.port, port_range)) problems.port = 'error.port';
  if (!whole(form.keepalive_s, keepalive_range)) problems.keepalive_s = 'error.keepalive';
  if (form.private_key_path.trim() !== '' && !/^(\/|~\/)/.test(form.private_key_path.trim())) problems.private_key_path = 'error.key_path';
  if (parse_env(form.env) === null) problems.env = 'error.env';
  return problems;
}

/** What is sent: for a stored one only what changed, and secrets only when they were typed. */
export function connection_change(form: ConnectionForm, stored: Connection | null): ConnectionChange {
  const all: ConnectionChange = {
    title: form.title.trim(),
    host: form.host.trim(),
    port: Number(form.port),
    username: form.username.trim(),
    auth_type: form.auth_type,
    private_key_path: form.private_key_path.trim(),
    proxy_jump: form.proxy_jump.trim(),
    keepalive_s: Number(form.keepalive_s),
    agent_forwarding: form.agent_forwarding,
    host_key_policy: form.host_key_policy,
    env: parse_env(form.env) ?? {},
    start_directory: form.start_directory.trim(),
    tags: split_tags(form.tags),
    group: form.group.trim(),
    color: form.color,
  };
  const change: ConnectionChange = {};
  for (const name of Object.keys(all) as (keyof typeof all)[]) {
    const same = stored !== null && JSON.stringify(all[name]) === JSON.stringify(stored[name as keyof Connection]);
    // A title that is left out becomes the host.
    if (!same && !(name === 'title' && all.title === '')) Object.assign(change, { [name]: all[name] });
  }
  for (const secret of ['password', 'private_key', 'passphrase'] as const) {
    if (form[secret] !== '') change[secret] = form[secret];
  }
  const gone = form.remove_secrets.filter((secret) => form[secret] === '');
  if (gone.length > 0) change.remove_secrets = gone;
  return change;
}
