import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  // The contract is checked beside types that only a built server can write.
  { ignores: ['dist', 'coverage', 'node_modules', 'src/gen', 'test/api-contract.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.ui.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: globals.node },
    rules: { 'max-lines': ['error', { max: 400 }], 'no-control-regex': 'off' },
  },
  { files: ['public/*.js'], languageOptions: { globals: globals.browser } },
);
