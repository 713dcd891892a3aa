// @ts-check
import js from '@eslint/js';

/** What the browser, or node in the tests, has without import. */
const globals = ['document', 'window', 'performance', 'setTimeout', 'Blob', 'Response', 'DecompressionStream',
  'TextDecoder', 'Buffer', 'TextEncoder', 'ResizeObserver', 'ImageData', 'Option', 'HTMLElement', 'HTMLButtonElement', 'HTMLInputElement',
  'HTMLSelectElement', 'HTMLDivElement', 'HTMLSpanElement', 'HTMLCanvasElement', 'process', 'URL'];

export default [
  js.configs.recommended,
  {
    files: ['dss_ui/viewer/frontend/*.js', 'tests/javascript/*.js'],
    languageOptions: { globals: Object.fromEntries(globals.map((name) => [name, 'readonly'])) },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', curly: ['error', 'multi-line'],
      'no-shadow': 'error', 'max-lines': ['error', 250] },
  },
];
