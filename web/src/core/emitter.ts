/** Removes what was registered. Calling it twice is harmless. */
export type Dispose = () => void;

/** A typed event: listeners are called in the order they were added; a listener that throws does not stop the others. */
export class Emitter<T> {
  private listeners: ((value: T) => void)[] = [];

  on(listener: (value: T) => void): Dispose {
    this.listeners.push(listener);
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }

  fire(value: T): void {
    let failure: unknown;
    let failed = false;
    for (const listener of this.listeners) {
      try {
        listener(value);
      } catch (error) {
        failure = error;
        failed = true;
      }
    }
    if (failed) throw failure;
  }

  clear(): void {
    this.listeners = [];
  }
}

/** Collects disposers and runs them once, last first. */
export class Disposables {
  private items: Dispose[] = [];

  add(dispose: Dispose): void {
    this.items.push(dispose);
  }

  dispose(): void {
    const items = this.items;
    this.items = [];
    for (const dispose of items.reverse()) dispose();
  }
}
