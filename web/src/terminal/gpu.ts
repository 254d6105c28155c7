import type { Terminal } from '@xterm/xterm';
import type { WebglAddon } from '@xterm/addon-webgl';

let hardware: boolean | null = null;

/** Software WebGL is slower than the DOM renderer, so it does not count. */
function has_hardware(): boolean {
  if (hardware === null) {
    const context = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
    hardware = context !== null;
    context?.getExtension('WEBGL_lose_context')?.loseContext();
  }
  return hardware;
}

/**
 * Draws one terminal with WebGL while it is shown. Browsers allow few contexts, so a hidden terminal gives its own back;
 * whenever WebGL is not to be had, the emulator's DOM renderer takes over by itself.
 */
export class GpuRenderer {
  private addon: WebglAddon | null = null;
  private wanted = false;

  constructor(private readonly terminal: Terminal) {}

  async enable(): Promise<void> {
    this.wanted = true;
    if (this.addon || !has_hardware()) return;
    const { WebglAddon } = await import('@xterm/addon-webgl');
    // The import took a moment: the terminal may be hidden, or another call may have been faster.
    if (!this.still_wanted()) return;
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => this.release());
      this.terminal.loadAddon(addon);
      this.addon = addon;
    } catch {
      hardware = false;
    }
  }

  disable(): void {
    this.wanted = false;
    this.release();
  }

  /** Glyphs were drawn with another font. */
  refresh(): void {
    this.addon?.clearTextureAtlas();
  }

  private still_wanted(): boolean {
    return this.wanted && this.addon === null;
  }

  private release(): void {
    this.addon?.dispose();
    this.addon = null;
  }
}
