// Vectors from an ONNX file: transformers.js with ONNX Runtime, fed from the store and served from our own build. It is
// for bases that come as nothing else: no gradients, no training, and no network.
import wasmGlue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasmBinary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import gpuGlue from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import gpuBinary from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { AutoModel, env, Tensor, type PreTrainedModel } from '@xenova/transformers';
import { FormatError } from '../../src/contract/errors';
import type { OnnxDevice } from '../../src/contract/onnx';
import { trustedScriptUrl } from '../../src/lib/trusted-url';
import { breather } from '../breathe';
import { lengthOf, type Tokenized } from '../ml/encoder/tokens';
import { poolStates, type OnnxPooling, type OnnxTensor } from './onnx-pooling';

/** What is needed of a base to run it. */
export interface OnnxBase {
  /** Path of the ONNX file that is used. */
  model: string;
  pooling: OnnxPooling;
  /** Vectors of length one. */
  normalise: boolean;
  padId: number;
  /** By the studio's own tokenizer, so that all bases cut and split texts alike. */
  tokenize(texts: readonly string[]): Tokenized;
  /** A file of its folder; whatever ONNX file is asked for, the one that is used. Null where it has no such file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

export interface OnnxEncoder {
  embed(texts: readonly string[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** By its name, as exporters give it. */
export const isQuantised = (model: string): boolean => /quant|int8|int4|q4|bnb/.test(model);

/**
 * Texts at once, of about one length, so that little is padding. Dynamic int8 takes the range of its numbers from the
 * whole batch: there a text's vector would depend on its neighbours, so each goes alone.
 */
const batchRows = (model: string): number => (isQuantised(model) ? 1 : 16);

/** The runtime computes on this thread: without pauses it would look hung to the page. */
const breathMs = 200;

/** All that the library asks for carries this; nothing of it goes out. */
const prefix = '/base/';
let current: OnnxBase | null = null;
let prepared: OnnxDevice | null = null;

/** Opens the session; one at a time. FormatError where the runtime or the library refuses a file. */
export async function openOnnxEncoder(files: OnnxBase, device: OnnxDevice): Promise<OnnxEncoder> {
  prepare(device);
  current = files;
  try {
    // Every name of an ONNX file means the one of this base (see answer): which one that is was chosen before.
    const model = await AutoModel.from_pretrained('base', {
      dtype: 'fp32',
      model_file_name: 'model',
      subfolder: 'onnx',
      device,
    });
    return {
      embed: (texts) => embedTexts(texts, model, files),
      close: async () => void (await model.dispose()),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      `${files.model} could not be opened: ONNX Runtime answered "${reason.slice(0, 300)}". Take another export of the model, or one with model.safetensors.`,
      { cause },
    );
  } finally {
    current = null;
  }
}

/** Which build of the runtime is loaded is settled by the first use in this thread. */
function prepare(device: OnnxDevice): void {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = prefix;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.logLevel = 40;
  env.fetch = answer;
  if (prepared !== null) return;
  prepared = device;
  const wasm = env.backends.onnx.wasm;
  if (!wasm)
    throw new FormatError('This build of the runtime has no WebAssembly part; nothing can be computed with it.');
  const [mjs, binary] = device === 'webgpu' ? [gpuGlue, gpuBinary] : [wasmGlue, wasmBinary];
  wasm.wasmPaths = { mjs: absolute(mjs), wasm: absolute(binary) };
  wasm.proxy = false;
  wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1;
  // The runtime starts its threads by a bare address, which the page's policy does not take.
  const Own = globalThis.Worker;
  globalThis.Worker = class extends Own {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(trustedScriptUrl(String(url)), options);
    }
  };
}

/** Which build of the runtime this thread has; null before the first use. */
export const runtimeDevice = (): OnnxDevice | null => prepared;

const absolute = (url: string) => new URL(url, import.meta.url).href;

/** The library's only way to a file: the store. */
async function answer(input: string | URL): Promise<Response> {
  const path = decodeURIComponent(String(input)).split(`${prefix}base/`)[1];
  if (!current || path === undefined) return new Response(null, { status: 404 });
  const bytes = await current.read(path);
  return bytes
    ? new Response(bytes, { headers: { 'Content-Length': String(bytes.length) } })
    : new Response(null, { status: 404 });
}

async function embedTexts(texts: readonly string[], model: PreTrainedModel, base: OnnxBase): Promise<Float32Array[]> {
  const { pooling, normalise } = base;
  const tokens = base.tokenize(texts);
  const vectors = new Array<Float32Array>(texts.length);
  const most = batchRows(base.model);
  const breathed = breather(breathMs);
  const byLength = Array.from(texts.keys()).sort((a, b) => lengthOf(tokens, a) - lengthOf(tokens, b));
  for (let at = 0; at < byLength.length; at += most) {
    const rows = byLength.slice(at, at + most);
    const inputs = paddedInputs(tokens, rows, base.padId);
    const outputs: Record<string, OnnxTensor | undefined> = await model(inputs);
    const pooled = poolStates(outputs, inputs.attention_mask, { pooling, normalise, rows: rows.length });
    rows.forEach((row, i) => (vectors[row] = pooled[i] ?? new Float32Array()));
    await breathed();
  }
  return vectors;
}

/** Three inputs [rows, longest] under the names that every export of an encoder has; it takes those it knows. */
function paddedInputs(tokens: Tokenized, rows: readonly number[], padId: number) {
  const length = Math.max(1, ...rows.map((row) => lengthOf(tokens, row)));
  const dims = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length).fill(BigInt(padId));
  const mask = new BigInt64Array(ids.length);
  rows.forEach((row, i) => {
    const from = tokens.offsets[row] ?? 0;
    for (let t = 0; t < lengthOf(tokens, row); t++) {
      ids[i * length + t] = BigInt(tokens.ids[from + t] ?? padId);
      mask[i * length + t] = 1n;
    }
  });
  return {
    input_ids: new Tensor('int64', ids, dims),
    attention_mask: new Tensor('int64', mask, dims),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), dims),
  };
}
