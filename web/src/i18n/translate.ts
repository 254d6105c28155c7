import { computed } from '@preact/signals-core';
import type { ReadonlySignal } from '@preact/signals-core';
import type { Language } from '../core/prefs';
import { en, type MessageKey, type Messages } from './en';
import { zh } from './zh';

export const catalogues: Record<Language, Messages> = { en, zh };

export type Parameters = Record<string, string | number>;

export function format_message(template: string, parameters: Parameters = {}): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

export type Translate = (key: MessageKey, parameters?: Parameters) => string;

export function make_translate(language: ReadonlySignal<Language>): Translate {
  const catalogue = computed(() => catalogues[language.value]);
  return (key, parameters) => format_message(catalogue.value[key], parameters);
}
