import type { Dispose } from './emitter';

/** The part of xterm.js' parser interface that is needed here. */
export interface ParserLike {
  registerCsiHandler(
    id: { prefix?: string; intermediates?: string; final: string },
    handler: (params: (number | number[])[]) => boolean,
  ): { dispose(): void };
  registerDcsHandler(
    id: { prefix?: string; intermediates?: string; final: string },
    handler: (data: string, params: (number | number[])[]) => boolean,
  ): { dispose(): void };
  registerOscHandler(ident: number, handler: (data: string) => boolean): { dispose(): void };
}

/**
 * Keeps an emulator from answering the program: the server answers each query once, whatever the number of viewers.
 * Input (keys, mouse, focus, paste) is not affected.
 */
export function suppress_replies(parser: ParserLike): Dispose {
  const swallow = (): boolean => true;
  const handlers = [
    parser.registerCsiHandler({ final: 'c' }, swallow), // DA1
    parser.registerCsiHandler({ prefix: '>', final: 'c' }, swallow), // DA2
    parser.registerCsiHandler({ prefix: '=', final: 'c' }, swallow), // DA3
    parser.registerCsiHandler({ final: 'n' }, swallow), // DSR, CPR
    parser.registerCsiHandler({ prefix: '?', final: 'n' }, swallow), // DECDSR, DECXCPR
    parser.registerCsiHandler({ intermediates: '$', final: 'p' }, swallow), // DECRQM, ANSI modes
    parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, swallow), // DECRQM, private modes
    parser.registerCsiHandler({ prefix: '>', final: 'q' }, swallow), // XTVERSION
    parser.registerCsiHandler({ prefix: '?', final: 'u' }, swallow), // kitty keyboard flags
    parser.registerCsiHandler({ final: 'x' }, swallow), // DECREQTPARM
    parser.registerCsiHandler({ final: 't' }, swallow), // window operations; titles come from the server
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow), // DECRQSS
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, swallow), // XTGETTCAP
    parser.registerOscHandler(4, (data) => asks(data, 2)),
    ...[10, 11, 12].map((code) => parser.registerOscHandler(code, (data) => asks(data, 1))),
  ];
  return () => {
    for (const handler of handlers) handler.dispose();
  };
}

/** True if any value in an OSC colour list is a question. A list that mixes setting and asking is not worth its answer. */
function asks(data: string, stride: 1 | 2): boolean {
  const values = data.split(';');
  return values.some((value, index) => value === '?' && (stride === 1 || index % 2 === 1));
}
