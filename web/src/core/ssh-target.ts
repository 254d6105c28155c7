/** Where somebody wants to go, as typed: user@host:port. */
export interface Target {
  username: string;
  host: string;
  port: number;
}

const user_pattern = /^[A-Za-z0-9_.][A-Za-z0-9._@-]{0,63}$/;
const host_pattern = /^[A-Za-z0-9._:%][A-Za-z0-9._:%-]{0,254}$/;

export function check_host(host: string): boolean {
  return host_pattern.test(host);
}

export function check_user(user: string): boolean {
  return user_pattern.test(user);
}

function port_of(text: string | undefined): number | null {
  if (text === undefined) return 22;
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : null;
}

/** Reads `[ssh://]user@host[:port]`, `[v6]:port` and `user@host -p port`; null for anything else, a plain word too. */
export function parse_target(text: string): Target | null {
  const trimmed = text.trim().replace(/^ssh:\/\//i, '').replace(/^ssh\s+/, '').replace(/\/$/, '');
  const flag = /^(\S+)\s+-p\s*(\d+)$/.exec(trimmed) ?? /^-p\s*(\d+)\s+(\S+)$/.exec(trimmed);
  const [whole, given] = flag ? (/^\d+$/.test(flag[1] ?? '') ? [flag[2] ?? '', flag[1]] : [flag[1] ?? '', flag[2]]) : [trimmed, undefined];
  const at = whole.lastIndexOf('@');
  if (at <= 0) return null;
  const username = whole.slice(0, at);
  const rest = whole.slice(at + 1);
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest);
  // More than one colon outside of brackets is an address of IPv6 without a port.
  const plain = bracketed ? null : /^([^:]+)(?::(\d+))?$/.exec(rest) ?? /^([0-9A-Fa-f:%.]+)$/.exec(rest);
  const host = (bracketed ?? plain)?.[1];
  const port = port_of((bracketed ?? plain)?.[2] ?? given);
  if (host === undefined || port === null || !check_user(username) || !check_host(host)) return null;
  return { username, host, port };
}

/** As people write it: the port only where it is not the usual one. */
export function format_target({ username, host, port }: Target): string {
  const shown = host.includes(':') && port !== 22 ? `[${host}]` : host;
  return `${username}@${shown}${port === 22 ? '' : `:${port}`}`;
}
