// Build and preview. Headers here are those of guarantees.md; on bare static hosts the service worker adds them.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { securityHeaders } from './scripts/headers.mjs';
import { wasmKernels } from './scripts/wasm.mjs';

export default defineConfig({
  base: './',
  plugins: [
    svelte(),
    wasmKernels(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'service-worker.ts',
      injectRegister: false,
      registerType: 'prompt',
      manifest: false,
      injectManifest: {
        globPatterns: ['**/*'],
        maximumFileSizeToCacheInBytes: 40 * 1024 * 1024,
        // File names under assets/ carry their hash already.
        dontCacheBustURLsMatching: /^assets\//,
      },
    }),
  ],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  worker: { format: 'es' },
  resolve: { dedupe: ['@tensorflow/tfjs-core'] },
  optimizeDeps: {
    exclude: ['@tensorflow/tfjs-core'],
  },
  server: { headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } },
  preview: { headers: securityHeaders },
});
