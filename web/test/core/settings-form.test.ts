import { describe, expect, it } from 'vitest';
import type { ServerSettings } from '../../src/core/api-types';
import {
  check_base_url, check_history, check_number, check_provider, check_terminal_name, check_token, history_change, history_form, provider_change,
} from '../../src/core/settings-form';

const stored: ServerSettings = {
  api_format: 'openai', base_url: 'https://api.example.com/v1', api_key: 'sk-…abcd', models: [{ id: 'small' }],
  selected_model: 'small', language: 'en', theme: 'dark',
};

describe('the base URL', () => {
  it.each(['https://api.example.com', 'http://localhost:11434/v1', 'http://[::1]:8080', 'https://a.b/c/'])('takes %s', (url) => {
    expect(check_base_url(url)).toBeNull();
  });

  it.each(['api.example.com', 'ftp://x', 'https://', 'https://user:pw@host/', 'https://a b', 'https://a?x=1', 'javascript:alert(1)'])(
    'refuses %s',
    (url) => {
      expect(check_base_url(url)).toBe('error.base_url');
    },
  );
});

describe('the provider form', () => {
  it('may leave everything empty', () => {
    expect(check_provider({ api_format: '', base_url: '', api_key: '', model: '' })).toEqual({});
  });

  it('refuses a key with spaces', () => {
    expect(check_provider({ api_format: '', base_url: '', api_key: 'a b', model: '' })).toEqual({ api_key: 'error.key_spaces' });
  });

  it('sends only what changed, and a key only when one was typed', () => {
    const same = { api_format: 'openai', base_url: stored.base_url, api_key: '', model: 'small' } as const;
    expect(provider_change(same, stored)).toEqual({});
    expect(provider_change({ ...same, api_key: ' sk-new ' }, stored)).toEqual({ api_key: 'sk-new' });
    expect(provider_change({ ...same, model: 'big' }, stored)).toEqual({
      selected_model: 'big', models: [{ id: 'small' }, { id: 'big', name: 'big' }],
    });
  });
});

describe('the token form', () => {
  it('wants a name, a scope and a sane end', () => {
    expect(check_token({ name: ' ', scopes: [], days: 0 })).toEqual({
      name: 'error.required', scopes: 'error.no_scope', days: 'error.days',
    });
    expect(check_token({ name: 'ci', scopes: ['read'], days: null })).toEqual({});
    expect(check_token({ name: 'my ci', scopes: ['read'], days: null })).toEqual({ name: 'error.token_name' });
    expect(check_token({ name: 'ci', scopes: ['read'], days: 1.5 })).toEqual({ days: 'error.days' });
  });
});

it('terminal names are what the server takes', () => {
  expect(check_terminal_name('')).toBeNull();
  expect(check_terminal_name('编译 build-1')).toBeNull();
  expect(check_terminal_name('two\twords')).toBe('error.terminal_name');
  expect(check_terminal_name('x'.repeat(129))).toBe('error.too_long');
  expect(check_terminal_name('你'.repeat(43))).toBe('error.too_long');
});

it('numbers are checked as typed', () => {
  expect(check_number('12', { min: 8, max: 32 })).toBeNull();
  for (const bad of ['', 'x', '7', '33', 'Infinity']) expect(check_number(bad, { min: 8, max: 32 })).toBe('error.range');
});

describe('the history form', () => {
  it('shows the defaults until something is stored', () => {
    expect(history_form(stored)).toEqual({ days: '90', commands: '100000', megabytes: '512' });
    expect(history_form({ ...stored, history_days: 0, history_mb: 10 })).toEqual({ days: '0', commands: '100000', megabytes: '10' });
  });

  it('takes whole numbers within bounds', () => {
    expect(check_history({ days: '0', commands: ' 5 ', megabytes: '1048576' })).toEqual({});
    expect(check_history({ days: '-1', commands: '1.5', megabytes: '1048577' })).toEqual({
      days: 'error.range_of', commands: 'error.range_of', megabytes: 'error.range_of',
    });
    expect(check_history({ days: '', commands: '1e3', megabytes: 'all' })).toEqual({
      days: 'error.range_of', commands: 'error.range_of', megabytes: 'error.range_of',
    });
  });

  it('sends only what changed', () => {
    expect(history_change(history_form(stored), stored)).toEqual({});
    expect(history_change({ days: '7', commands: '0', megabytes: '512' }, stored)).toEqual({ history_days: 7, history_commands: 0 });
  });
});
