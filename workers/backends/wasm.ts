// WebAssembly, one thread, SIMD. The threaded build of tfjs uses half the cores (so one of two) and starts its
// threads from blob addresses, which the policy forbids: it gains nothing here and is not shipped.
import { DeviceError } from '../../src/contract/errors';
import { loadTensorflow } from './tensorflow';

/** `wasmUrl`: where the SIMD build lies, a file of this origin (in Node, a path). */
export async function startWasm(wasmUrl: string): Promise<void> {
  const tf = await loadTensorflow();
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths({
    'tfjs-backend-wasm.wasm': wasmUrl,
    'tfjs-backend-wasm-simd.wasm': wasmUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': wasmUrl,
  });
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const started = await tf.setBackend('wasm').catch(() => false);
  if (!started)
    throw new DeviceError(
      'The WebAssembly backend did not start. Reload the page; if that does not help, choose "cpu" in Settings.',
    );
  await tf.ready();
}
