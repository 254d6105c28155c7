/** Programs may offer a text for the clipboard up to this size; reading the clipboard is never answered. */
const longest_text = 100_000;

/** The text of an OSC 52 write, or null for a question, a clearing, or anything malformed or too long. */
export function clipboard_write(data: string): string | null {
  const at = data.indexOf(';');
  if (at < 0) return null;
  const encoded = data.slice(at + 1);
  if (encoded === '' || encoded === '?' || encoded.length > longest_text * 2) return null;
  try {
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text === '' || text.length > longest_text ? null : text;
  } catch {
    return null;
  }
}
