import { describe, expect, it } from 'vitest';
import { en } from '../../src/i18n/en';
import { zh } from '../../src/i18n/zh';
import { format_message } from '../../src/i18n/translate';

const parameters_of = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])('%s has the same parameters and is not empty', (key) => {
    expect(zh[key].trim()).not.toBe('');
    expect(parameters_of(zh[key])).toEqual(parameters_of(en[key]));
  });
});

it('a message keeps what it was not given', () => {
  expect(format_message('{a} and {b}', { a: 1 })).toBe('1 and {b}');
});
