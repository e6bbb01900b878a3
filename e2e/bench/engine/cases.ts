// The work that is measured: sizes shared by ours and by what runs beside it, and how a time is taken.

export const mlp = { batch: 256, widths: [1000, 256, 128, 10] } as const;
export const block = { hidden: 384, heads: 12, inner: 1536, batch: 16 } as const;
export const neumf = {
  users: 943,
  items: 1682,
  dimension: 64,
  layers: [128, 64, 32],
  positives: 256,
  negatives: 4,
} as const;

export type Transposes = 'NN' | 'TN' | 'NT' | 'TT';

/** What a worker is asked for; each worker knows some of them. */
export type Order =
  | {
      what: 'matmul';
      device: 'wasm' | 'webgpu';
      threads: number;
      size: [m: number, k: number, n: number];
      form: Transposes;
    }
  | { what: 'mlp'; device: 'wasm' | 'webgpu' | 'cpu'; threads: number }
  | { what: 'block'; device: 'wasm' | 'webgpu'; threads: number; length: number }
  | { what: 'neumf'; device: 'wasm' | 'webgpu' | 'cpu'; threads: number }
  | { what: 'attention'; device: 'wasm'; threads: number; length: number }
  | { what: 'adamw'; device: 'wasm' | 'webgpu'; threads: number; parameters: number };

export interface Figures {
  /** Median milliseconds of one go. */
  ms: number;
  /** Other figures of the same work, by name: bytes, launches, sums. */
  more: Record<string, number>;
}

/** Numbers that look like activations, the same each time. */
export function numbers(length: number, seed: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state / 2 ** 32 - 0.5) * 2;
  }
  return out;
}

export function integers(length: number, below: number, seed: number): Int32Array<ArrayBuffer> {
  return Int32Array.from(numbers(length, seed), (value) => Math.floor(((value + 1) / 2) * below) % below);
}

/**
 * Median milliseconds of `go`, after `warm` goes that do not count: at least `least`, for about `seconds`, at most 200;
 * where a go takes longer than 0.3 s, two after one. `go` must not return before its work is done.
 */
export async function medianMs(go: () => Promise<void> | void, seconds = 0.6, warm = 3, least = 5): Promise<number> {
  for (let i = 0; i < warm; i++) {
    const start = performance.now();
    await go();
    if (performance.now() - start > 300) {
      warm = 1;
      least = Math.min(least, 2);
    }
  }
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < least || (performance.now() < end && times.length < 200)) {
    const start = performance.now();
    await go();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1]!;
}

/** Answers orders in a worker: replies carry the figures, or the reason why there are none. */
export function answerOrders(work: (order: Order) => Promise<Figures>): void {
  self.onmessage = ({ data }: MessageEvent<Order>) => {
    work(data).then(
      (figures) => self.postMessage({ figures }),
      (error: unknown) => self.postMessage({ error: error instanceof Error ? error.message : String(error) }),
    );
  };
}
