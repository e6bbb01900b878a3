// A short name for what a plan computes: equal where kernels, settings, sizes and order are equal. Pinned in checkpoints,
// so that a resumed run can say when the program has changed under it. No protection against forgery.
import type { Plan } from './plan';

/** 16 hexadecimal digits: two FNV-1a hashes of the plan as JSON. Scopes are names for people and do not count. */
export function planFingerprint(plan: Plan): string {
  const calls = plan.calls.map((call) => ({ ...call, scope: '' }));
  const text = JSON.stringify({ ...plan, calls }, (_key, value: unknown) =>
    value instanceof Float32Array || value instanceof Int32Array ? Array.from(value) : value,
  );
  return [0x811c9dc5, 0x9e3779b9].map((start) => fnv(text, start).toString(16).padStart(8, '0')).join('');
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
