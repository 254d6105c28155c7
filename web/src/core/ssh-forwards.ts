import type { Forward, ForwardKind, ForwardRequest } from './ssh-api';

/** What a person fills in to open a forward. */
export interface ForwardForm {
  kind: ForwardKind;
  bind: string;
  port: string;
  target_host: string;
  target_port: string;
  keep: boolean;
}

export type ForwardProblems = Partial<Record<'port' | 'target_host' | 'target_port', 'needed' | 'port' | 'host'>>;

export const empty_forward: ForwardForm = { kind: 'local', bind: '', port: '', target_host: 'localhost', target_port: '', keep: false };

const number_of = (text: string): number | null => (/^\d{1,5}$/.test(text.trim()) && Number(text) <= 65535 ? Number(text) : null);

/** What is wrong with the form; nothing when it can be sent. */
export function check_forward(form: ForwardForm): ForwardProblems {
  const problems: ForwardProblems = {};
  if (form.port.trim() !== '' && number_of(form.port) === null) problems.port = 'port';
  if (form.kind === 'dynamic') return problems;
  if (form.target_host.trim() === '') problems.target_host = 'needed';
  else if (!/^[A-Za-z0-9._:%][A-Za-z0-9._:%-]*$/.test(form.target_host.trim())) problems.target_host = 'host';
  if (form.target_port.trim() === '') problems.target_port = 'needed';
  else if (!number_of(form.target_port)) problems.target_port = 'port';
  return problems;
}

export function forward_request(connection_id: string, form: ForwardForm): ForwardRequest {
  const target = form.kind === 'dynamic' ? {} : { target_host: form.target_host.trim(), target_port: Number(form.target_port) };
  return { connection_id, kind: form.kind, bind: form.bind.trim(), port: Number(form.port), ...target, keep: form.keep };
}

function address(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where it listens. */
export function listening_at(forward: Forward): string {
  return address(forward.bind, forward.port);
}

/** Where it leads; empty when each client says. */
export function leading_to(forward: Forward): string {
  return forward.kind === 'dynamic' ? '' : address(forward.target_host, forward.target_port);
}
