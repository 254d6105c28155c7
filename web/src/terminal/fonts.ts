/** The bundled font first; then what systems have, for the scripts it lacks. */
export const font_family =
  '"duotty mono", ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono", ' +
  '"Noto Sans Mono CJK SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", monospace';

const patience_ms = 1500;

let loading: Promise<void> | null = null;

/** Resolves when cells can be measured; a font that does not come in time is replaced by the next one. */
export function fonts_ready(): Promise<void> {
  loading ??= Promise.race([
    Promise.all(['400', '700'].map((weight) => document.fonts.load(`${weight} 14px "duotty mono"`, 'mW0│')))
      .then(() => undefined)
      .catch(() => undefined),
    new Promise<void>((resolve) => window.setTimeout(resolve, patience_ms)),
  ]);
  return loading;
}

/** The size of a cell before there is an emulator to ask. */
export function estimate_cell(font_size: number, line_height: number): { width: number; height: number } {
  const probe = document.createElement('span');
  probe.className = 'offscreen';
  probe.style.font = `${font_size}px ${font_family}`;
  probe.style.lineHeight = 'normal';
  probe.textContent = 'W'.repeat(32);
  document.body.append(probe);
  const box = probe.getBoundingClientRect();
  probe.remove();
  return { width: box.width / 32, height: Math.floor(Math.ceil(box.height) * line_height) };
}
