import { signal } from '@preact/signals';
import type { Prefs } from '../core/prefs';
import { TerminalHost, type HostServices } from './host';
import type { Appearance } from './palettes';

/** The terminals this window has opened. A host is made when its tab first comes to the front and lives until the terminal is gone. */
export class TerminalHosts {
  readonly opened = signal<readonly TerminalHost[]>([]);

  constructor(
    private readonly services: HostServices,
    private readonly look: () => { prefs: Prefs; appearance: Appearance },
    private readonly adopted: (host: TerminalHost) => void,
  ) {}

  get(id: string): TerminalHost | undefined {
    return this.opened.value.find((host) => host.id === id);
  }

  ensure(id: string): TerminalHost {
    const existing = this.get(id);
    if (existing) return existing;
    const { prefs, appearance } = this.look();
    const host = new TerminalHost(id, prefs, appearance, this.services);
    this.opened.value = [...this.opened.value, host];
    this.adopted(host);
    return host;
  }

  /** Lets go of every host whose terminal is not among these. */
  keep_only(ids: ReadonlySet<string>): void {
    const gone = this.opened.value.filter((host) => !ids.has(host.id));
    if (gone.length === 0) return;
    this.opened.value = this.opened.value.filter((host) => ids.has(host.id));
    for (const host of gone) host.dispose();
  }

  connect_all(): void {
    for (const host of this.opened.value) host.connect();
  }

  nudge_all(): void {
    for (const host of this.opened.value) host.nudge();
  }

  apply_look(): void {
    const { prefs, appearance } = this.look();
    for (const host of this.opened.value) host.screen.apply(prefs, appearance);
  }
}
