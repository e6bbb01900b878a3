// How the backends are called where people read them.
import type { BackendName } from '../../contract/records';

export const backendNames: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'JavaScript',
};

/** A backend and its adapter in one phrase, which names nothing twice. */
export function computesOn(backend: BackendName, adapter: string | null | undefined): string {
  const name = backendNames[backend];
  if (!adapter) return name;
  return adapter.startsWith(name) ? adapter : `${name}, ${adapter}`;
}
