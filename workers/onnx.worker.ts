// Entry of the ONNX worker: one base's session at a time. A thread of its own, so that the runtime (and its memory)
// comes only when such a base is used and goes when the worker ends.
import { expose } from 'comlink';
import type { OnnxApi, OnnxDevice } from '../src/contract/onnx';
import { getBase } from '../src/storage/bases';
import { showAlive } from './alive';
import { openOnnxBase } from './bases/onnx-base';
import { isQuantised, openOnnxEncoder, runtimeDevice, type OnnxBase, type OnnxEncoder } from './bases/onnx';

let open: { baseId: string; encoder: OnnxEncoder } | null = null;
/** One after the other: the runtime's session takes no two questions at once. */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => undefined);
  return mine;
}

async function close(): Promise<void> {
  const was = open;
  open = null;
  await was?.encoder.close();
}

/** Whole numbers run on the processor: the graphics path has no fast way for them. What does not start there, too. */
async function openOnWish(base: OnnxBase, wish: OnnxDevice): Promise<OnnxEncoder> {
  if (wish === 'wasm' || runtimeDevice() === 'wasm' || isQuantised(base.model)) return openOnnxEncoder(base, 'wasm');
  try {
    return await openOnnxEncoder(base, 'webgpu');
  } catch {
    return openOnnxEncoder(base, 'wasm');
  }
}

const api: OnnxApi = {
  embed: (baseId, texts, device) =>
    inTurn(async () => {
      const base = await getBase(baseId);
      if (open?.baseId !== baseId) {
        await close();
        const files = await openOnnxBase(base);
        open = { baseId, encoder: await openOnWish(files, device) };
      }
      return open.encoder.embed(texts);
    }),
  unload: (baseId) => inTurn(async () => (open?.baseId === baseId ? close() : undefined)),
};

showAlive();
expose(api);
