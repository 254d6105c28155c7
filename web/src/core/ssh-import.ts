import type { ImportRequest } from './ssh-api';

/**
 * Electerm exports JSON, a list or an object around one, and so does duotty; all else is OpenSSH's configuration. Null: the server's
 * own file.
 */
export function import_request(text: string | null): ImportRequest {
  if (text === null) return { format: 'ssh_config', dry_run: true };
  if (/^\s*[[{]/.test(text)) {
    try {
      const json = JSON.parse(text) as unknown;
      if (typeof json === 'object' && json !== null && 'ssh_connections' in json) return { format: 'duotty', text, dry_run: true };
      return { format: 'electerm', bookmarks: json, dry_run: true };
    } catch {
      // The server says what is wrong with it.
      return { format: 'electerm', text, dry_run: true };
    }
  }
  return { format: 'ssh_config', text, dry_run: true };
}
