// One linter. The three zones (src/README.md) are walls here: a violation fails `npm test`.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const tfjs = { group: ['@tensorflow/*'], message: 'Only worker code may use TensorFlow.js.' };
const workers = {
  regex: '/workers/(?!.*\\?worker&url$)',
  message: 'Page and shared code reach a worker through src/client only.',
};
const page = {
  regex: '(/src)?/(views|ui|stores|studio|client)/|\\.svelte(\\.ts)?$',
  message: 'Worker and shared code must not reach into the page.',
};
const svelteRuntime = { group: ['svelte', 'svelte/*', 'chart.js', '@lucide/*'], message: 'Page only.' };
const taskTraining = {
  regex: '/tasks/[^/]+/(?!spec)[^/]+$',
  message: 'Outside a task folder only its spec is shared.',
};

const seededOnly = {
  selector: 'MemberExpression[object.name="Math"][property.name="random"]',
  message: 'Training code draws from src/lib/rng.ts: the same seed must give the same model.',
};

/** The same walls for import(): no-restricted-imports does not see it. */
const lateImport = (pattern, message) => ({ selector: `ImportExpression[source.value=/${pattern}/]`, message });
const lateEngine = lateImport(
  '^@tensorflow|\\/workers\\/',
  'Page and shared code load neither TensorFlow.js nor workers.',
);
const lateScreen = lateImport(
  '\\.svelte$|^svelte|\\/(views|ui|stores|studio|client)\\/',
  'Worker and shared code must not reach into the page.',
);

export default ts.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'public/', 'sample-data/', 'test-results/', '**/*.as.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      'no-restricted-syntax': ['error'],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: { 'svelte/no-at-html-tags': 'error', 'svelte/no-navigation-without-resolve': 'off' },
  },
  // A file takes the last block that names it, so each block holds all of its zone's walls.
  {
    name: 'zone: page',
    files: ['src/{client,studio,stores,ui,views}/**', 'src/*.{ts,svelte}', 'src/tasks/*/*.svelte'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [tfjs, workers, taskTraining] }],
      'no-restricted-syntax': ['error', lateEngine],
    },
  },
  {
    name: 'zone: shared',
    files: ['src/{contract,lib,formats,storage}/**', 'src/tasks/task.ts', 'src/tasks/*/spec{,-*}.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [tfjs, workers, page, svelteRuntime, taskTraining] }],
      'no-restricted-syntax': ['error', lateEngine, lateScreen],
      'no-restricted-globals': ['error', 'document', 'window', 'localStorage'],
    },
  },
  {
    name: 'zone: worker',
    files: ['workers/**', 'src/tasks/*/**/*.ts'],
    ignores: ['src/tasks/*/spec{,-*}.ts', 'src/tasks/task.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [page, svelteRuntime] }],
      'no-restricted-globals': ['error', 'document', 'window', 'localStorage'],
      'no-restricted-syntax': ['error', seededOnly, lateScreen],
    },
  },
  {
    name: 'zone: worker, outside the tasks',
    files: ['workers/*.ts'],
    ignores: ['workers/train.worker.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [page, svelteRuntime, taskTraining] }] },
  },
);
