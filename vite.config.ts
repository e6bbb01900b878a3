// Build and preview. Headers here are those of guarantees.md; on bare static hosts the service worker adds them.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defineConfig } from 'vite';
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
        // ONNX Runtime, 41 MB that few need: the service worker keeps it from its first use on.
        globIgnores: ['**/ort-wasm-*.wasm'],
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
  // ONNX Runtime without a copy of its loader inside: the loader is a file of its own, which its threads start from.
  resolve: {
    dedupe: ['@tensorflow/tfjs-core'],
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  optimizeDeps: {
    exclude: ['@tensorflow/tfjs-core'],
  },
  server: { headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } },
  preview: { headers: securityHeaders },
});
