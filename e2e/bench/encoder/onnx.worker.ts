// transformers.js as its users write it: tokenizer, model and mean pooling on onnxruntime's WebAssembly, in
// 32 bits or in 8.
import { AutoModel, AutoTokenizer, env, mean_pooling } from '@xenova/transformers';
import ortModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import ortWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { answerOrders, batch, encodedTexts, fetchTexts, medianMs, modelFolder } from './cases';

answerOrders(async (order) => {
  if (order.what !== 'encode' && order.what !== 'single')
    throw new Error(`transformers.js is not asked for ${order.what}`);
  const { wasm } = env.backends.onnx;
  if (!wasm) throw new Error('onnxruntime has no WebAssembly here');
  wasm.numThreads = order.threads;
  const absolute = (url: string): string => new URL(url, import.meta.url).href;
  wasm.wasmPaths = { mjs: absolute(ortModuleUrl), wasm: absolute(ortWasmUrl) };
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.localModelPath = '/';
  const name = modelFolder.replaceAll('/', '');
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModel.from_pretrained(name, { device: 'wasm', dtype: order.int8 ? 'q8' : 'fp32' });
  const count = order.what === 'single' ? 1 : encodedTexts;
  // Longest first, as sentence-transformers does, so that little is padded.
  const texts = (await fetchTexts()).slice(0, count).sort((a, b) => b.length - a.length);
  const read = async (some: string[]): Promise<void> => {
    const inputs = tokenizer(some, { padding: true, truncation: true, max_length: 256 });
    const { last_hidden_state: states } = await model(inputs);
    mean_pooling(states, inputs.attention_mask).normalize(2, -1);
  };
  await read(texts.slice(0, 2 * batch));
  const ms = await medianMs(
    async () => {
      for (let at = 0; at < texts.length; at += 2 * batch) await read(texts.slice(at, at + 2 * batch));
    },
    2,
    order.what === 'single' ? 3 : 0,
    2,
  );
  return { ms, more: {} };
});
