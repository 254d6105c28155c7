const first_ms = 100;
const longest_ms = 5000;

/** Delay before try number `attempt` (0-based): doubles from 100 ms to 5 s, with ±20 % so that clients spread out. */
export function backoff_ms(attempt: number, random: () => number): number {
  const base = Math.min(longest_ms, first_ms * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.8 + 0.4 * random()));
}
