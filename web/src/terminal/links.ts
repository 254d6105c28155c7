const allowed = new Set(['http:', 'https:', 'mailto:']);

/** The address as it will be opened, or null for schemes that a terminal's output must not reach. */
export function safe_link(uri: string): string | null {
  try {
    const url = new URL(uri);
    return allowed.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function open_link(uri: string): void {
  const href = safe_link(uri);
  if (href !== null) window.open(href, '_blank', 'noopener,noreferrer');
}

/** Shows where a link leads before it is followed; one per terminal. */
export class LinkTip {
  private readonly element = document.createElement('div');

  constructor(
    private readonly parent: HTMLElement,
    private readonly hint: () => string,
  ) {
    this.element.className = 'link-tip';
    this.element.hidden = true;
    parent.append(this.element);
  }

  show(event: MouseEvent, uri: string): void {
    const href = safe_link(uri);
    if (href === null) return;
    const address = document.createElement('span');
    address.className = 'link-tip-address';
    address.textContent = href.length > 200 ? `${href.slice(0, 200)}…` : href;
    const hint = document.createElement('span');
    hint.className = 'link-tip-hint';
    hint.textContent = this.hint();
    this.element.replaceChildren(address, hint);
    this.element.hidden = false;
    const area = this.parent.getBoundingClientRect();
    const tip = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(event.clientX - area.left, area.width - tip.width - 4));
    const below = event.clientY - area.top + 18;
    const top = below + tip.height < area.height ? below : event.clientY - area.top - tip.height - 10;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${Math.max(0, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
