// Browser specs: one after the other, each file with browsers of its own, against one server of the build.
import { defineConfig } from 'vitest/config';

const soak = process.argv.some((word) => word.includes('e2e/soak'));

export default defineConfig({
  test: {
    root: '.',
    include: [soak ? 'e2e/soak/*.spec.ts' : 'e2e/*.spec.ts'],
    environment: 'node',
    globalSetup: ['./e2e/global-setup.ts'],
    fileParallelism: false,
    testTimeout: soak ? 1_800_000 : 120_000,
    hookTimeout: 60_000,
  },
});
