// Overlapping evidence as plain stretches of a text, each with its strength relative to the strongest. Pure.
import type { Prediction } from '../../contract/train';

export interface Stretch {
  text: string;
  /** 0: not marked; up to 1. */
  weight: number;
}
const weakest = 0.25;

/** Only what speaks for the label is marked; where terms overlap the stronger counts. */
export function stretches(text: string, evidence: NonNullable<Prediction['evidence']>): Stretch[] {
  const most = Math.max(0, ...evidence.map((one) => one.weight));
  if (most <= 0) return [{ text, weight: 0 }];
  const strength = new Float64Array(text.length);
  for (const { start, end, weight } of evidence)
    for (let at = Math.max(0, start); at < Math.min(end, text.length); at++)
      strength[at] = Math.max(strength[at] ?? 0, weight / most);
  const parts: Stretch[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at++) {
    const same = at < text.length && level(strength[at] ?? 0) === level(strength[from] ?? 0);
    if (same) continue;
    parts.push({ text: text.slice(from, at), weight: level(strength[from] ?? 0) });
    from = at;
  }
  return parts;
}

function level(strength: number): number {
  return strength < weakest ? 0 : Math.round(strength * 4) / 4;
}
