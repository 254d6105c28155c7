/** Where a key leads in a list of so many; null: it is none that does. */
export function list_step(key: string, at: number, count: number): number | null {
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1, PageDown: at + 15, PageUp: at - 15 };
  const to = steps[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}

/** The next name that begins with the letter, from the top again at the end; null when there is none. */
export function list_letter(letter: string, at: number, names: readonly string[]): number | null {
  const wanted = letter.toLowerCase();
  const order = names.map((_, index) => (at + 1 + index) % names.length);
  return order.find((index) => names[index]?.toLowerCase().startsWith(wanted)) ?? null;
}
