const patience_ms = 45_000;
const pause_ms = 40;

/** Waits until `condition` gives something true and returns it. */
export async function until(condition, what, patience = patience_ms) {
  const end = Date.now() + patience;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
}
