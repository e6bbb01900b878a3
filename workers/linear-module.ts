// The kernels of linear classifiers in WebAssembly, fetched and compiled once. Two files that differ by one bit: for a
// memory that threads share, and for one of this thread.
import sharedUrl from '../.cache/wasm/linear-shared.wasm?url';
import url from '../.cache/wasm/linear.wasm?url';

const loading = new Map<boolean, Promise<WebAssembly.Module | null>>();

/** Null where there is no WebAssembly or the file does not come: plain JavaScript gives the same bits. */
export function linearModule(shared: boolean): Promise<WebAssembly.Module | null> {
  const known = loading.get(shared);
  if (known) return known;
  const asked = load(shared ? sharedUrl : url);
  loading.set(shared, asked);
  // What failed once (the network was gone) is tried again the next time.
  void asked.then((found) => (found ? undefined : loading.delete(shared)));
  return asked;
}

async function load(from: string): Promise<WebAssembly.Module | null> {
  try {
    const answer = await fetch(from);
    if (!answer.ok) return null;
    return await WebAssembly.compile(await answer.arrayBuffer());
  } catch {
    return null;
  }
}
