import type { ITheme } from '@xterm/xterm';

/** Every colour that text is printed in reaches 4.5:1 on its background; a test computes it. */
export const dark_palette = {
  background: '#0e1013',
  foreground: '#dfe3e8',
  cursor: '#6fc9b5',
  cursorAccent: '#0e1013',
  selectionBackground: '#2f4a52',
  selectionInactiveBackground: '#2a3138',
  black: '#262c34',
  red: '#f27c83',
  green: '#8fce7e',
  yellow: '#e3bf76',
  blue: '#7fabf8',
  magenta: '#c996ea',
  cyan: '#6ecbd3',
  white: '#c9d0d8',
  brightBlack: '#858e99',
  brightRed: '#ff9aa0',
  brightGreen: '#aee39d',
  brightYellow: '#f3d79b',
  brightBlue: '#a3c4ff',
  brightMagenta: '#ddb8f6',
  brightCyan: '#95e3ea',
  brightWhite: '#f6f8fa',
  scrollbarSliderBackground: '#ffffff22',
  scrollbarSliderHoverBackground: '#ffffff3a',
  scrollbarSliderActiveBackground: '#ffffff55',
  overviewRulerBorder: '#0e1013',
} as const satisfies ITheme;

export const light_palette = {
  background: '#ffffff',
  foreground: '#1c2127',
  cursor: '#0f766e',
  cursorAccent: '#ffffff',
  selectionBackground: '#bfe3dc',
  selectionInactiveBackground: '#dde3e6',
  black: '#1c2127',
  red: '#b3222f',
  green: '#24713a',
  yellow: '#835b00',
  blue: '#1d5bbd',
  magenta: '#8538a4',
  cyan: '#0a6a7c',
  white: '#5f6873',
  brightBlack: '#66707b',
  brightRed: '#c62b39',
  brightGreen: '#2c7d43',
  brightYellow: '#8f6500',
  brightBlue: '#2a6bd1',
  brightMagenta: '#9645b6',
  brightCyan: '#0d7688',
  brightWhite: '#3a424c',
  scrollbarSliderBackground: '#00000022',
  scrollbarSliderHoverBackground: '#0000003a',
  scrollbarSliderActiveBackground: '#00000055',
  overviewRulerBorder: '#ffffff',
} as const satisfies ITheme;

export type Appearance = 'dark' | 'light';

export const palettes: Record<Appearance, ITheme> = { dark: dark_palette, light: light_palette };

export const search_colours: Record<Appearance, { match: string; active: string }> = {
  dark: { match: '#5a4a1f', active: '#a8741a' },
  light: { match: '#ffe9a8', active: '#ffb938' },
};

/** Programs that assume a dark terminal print pale text; on the light theme it is darkened until it can be read. */
export const minimum_contrast: Record<Appearance, number> = { dark: 1, light: 4.5 };
