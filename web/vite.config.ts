import { defineConfig } from 'vitest/config';
import { compress } from './build/compress';

const server = process.env.DUOTTY_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: ['chrome100', 'firefox102', 'safari15.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  plugins: [compress()],
  server: {
    proxy: {
      // The server refuses foreign origins, so the proxy presents its own.
      '/api': { target: server, changeOrigin: true, headers: { origin: server } },
      '/ws': { target: server, changeOrigin: true, ws: true, headers: { origin: server } },
    },
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
  },
});
