import type { Dispose } from './emitter';

type Params = (number | number[])[];

/** The part of xterm.js' terminal that is needed here. */
export interface GuardedTerminal {
  readonly cols: number;
  readonly buffer: { readonly active: { readonly cursorX: number; readonly cursorY: number; readonly length: number } };
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; final: string }, handler: (params: Params) => boolean): { dispose(): void };
  };
}

interface Inside {
  _core?: { _inputHandler?: { eraseInDisplay?(params: { params: number[]; length: number }, spare_guarded: boolean): boolean } };
}

/**
 * Erasing everything up to the very last cell (ED 1, DECSED 1) makes xterm.js 6.0 look at the row behind the last one.
 * Where no scrollback follows, there is none, it throws, and never draws again. Erasing the whole screen is the same.
 */
export function guard_erase(terminal: GuardedTerminal): Dispose {
  const erase = (params: Params, spare_guarded: boolean): boolean => {
    const { cursorX, cursorY, length } = terminal.buffer.active;
    if (params[0] !== 1 || cursorX + 1 < terminal.cols || cursorY + 1 < length) return false;
    (terminal as Inside)._core?._inputHandler?.eraseInDisplay?.({ params: [2], length: 1 }, spare_guarded);
    return true;
  };
  const handlers = [
    terminal.parser.registerCsiHandler({ final: 'J' }, (params) => erase(params, false)),
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'J' }, (params) => erase(params, true)),
  ];
  return () => {
    for (const handler of handlers) handler.dispose();
  };
}
