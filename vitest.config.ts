import { defineConfig } from 'vitest/config';
import { kernels } from './scripts/kernels.mjs';

export default defineConfig({
  plugins: [kernels()],
  test: {
    include: ['src/**/*.test.ts', 'workers/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['./vitest.setup.ts'],
    execArgv: ['--experimental-wasm-relaxed-simd'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
