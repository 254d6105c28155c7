import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useApp } from './context';

/** A component whose code is fetched when it is first shown; a failed fetch is told and tried again the next time. */
export function lazy(load: () => Promise<ComponentType>): ComponentType<{ fallback: ComponentChildren }> {
  let loaded: ComponentType | null = null;
  return function Lazy({ fallback }) {
    const app = useApp();
    const [, set_ready] = useState(loaded !== null);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          set_ready(true);
        },
        (error: unknown) => app.tell(error),
      );
    }, []);
    const Component = loaded;
    return Component ? <Component /> : <>{fallback}</>;
  };
}
