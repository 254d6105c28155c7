import { describe, expect, it } from 'vitest';
import { attach_path, decode_binary, decode_text, encode_ack, encode_input, ProtocolError } from '../../src/core/attach-protocol';

const bytes_of = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

describe('binary frames', () => {
  it('reads output with a 64-bit offset', () => {
    const frame = decode_binary(bytes_of(1, 0, 0, 0, 2, 0, 0, 0, 5, 0x68, 0x69));
    expect(frame).toEqual({ kind: 'output', offset: 2 * 2 ** 32 + 5, bytes: new Uint8Array([0x68, 0x69]) });
  });

  it('reads an empty output frame', () => {
    expect(decode_binary(bytes_of(1, 0, 0, 0, 0, 0, 0, 0, 7))).toMatchObject({ kind: 'output', offset: 7 });
  });

  it('reads a snapshot with its size', () => {
    const frame = decode_binary(bytes_of(2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 80, 0, 24, 0x41));
    expect(frame).toEqual({ kind: 'snapshot', offset: 9, cols: 80, rows: 24, bytes: new Uint8Array([0x41]) });
  });

  it.each([
    ['an empty frame', bytes_of()],
    ['a cut header', bytes_of(1, 0, 0)],
    ['an unknown kind', bytes_of(9, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a snapshot without its size', bytes_of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80)],
    ['a snapshot of no columns', bytes_of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24)],
    ['an offset no number can hold', bytes_of(1, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])('refuses %s', (_, data) => {
    expect(() => decode_binary(data)).toThrow(ProtocolError);
  });

  it('writes input with its sequence', () => {
    expect(encode_input(0x01020304, new Uint8Array([9, 8]))).toEqual(new Uint8Array([1, 1, 2, 3, 4, 9, 8]));
  });

  it('writes acknowledgements beyond 32 bits', () => {
    expect(encode_ack(3 * 2 ** 32 + 1)).toEqual(new Uint8Array([2, 0, 0, 0, 3, 0, 0, 0, 1]));
  });
});

describe('text frames', () => {
  it('reads a known frame', () => {
    expect(decode_text('{"type":"title","title":"vim"}')).toEqual({ type: 'title', title: 'vim' });
  });

  it('ignores what a newer server may say', () => {
    expect(decode_text('{"type":"overlay","x":1}')).toBeNull();
  });

  it.each(['nonsense', '[]', '1', 'null', '{"type":"size","cols":-1,"rows":2}', '{"type":"hello"}', '{"type":"input_ack"}'])(
    'refuses %s',
    (text) => {
      expect(() => decode_text(text)).toThrow(ProtocolError);
    },
  );
});

describe('the address', () => {
  it('escapes the parts and resumes only if there is something to resume', () => {
    const fresh = attach_path('a/b', { ticket: 't&', cols: 80, rows: 24, input_token: 'k', name: 'a b', resume: null });
    expect(fresh).toBe('/ws/terminal/a%2Fb?ticket=t%26&cols=80&rows=24&input_token=k&name=a%20b');
    const again = attach_path('x', { ticket: 't', cols: 1, rows: 2, input_token: 'k', name: '', resume: { epoch: 'e', offset: 5 } });
    expect(again).toContain('&epoch=e&offset=5');
  });
});
