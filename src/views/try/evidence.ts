// Cuts a text at the words that spoke for the answer. Pure; overlapping evidence keeps the strongest at each place.
import { formatSigned } from '../../ui/format';

export interface EvidencePart {
  text: string;
  /** −1 … 1, relative to the strongest; 0 where nothing spoke. */
  weight: number;
}

/** Words that spoke less than this, against the strongest, are left unmarked: marking all marks none. */
const faintest = 0.12;

export function evidenceParts(
  text: string,
  evidence: readonly { start: number; end: number; weight: number }[],
): EvidencePart[] {
  const strongest = Math.max(...evidence.map((e) => Math.abs(e.weight)), 0);
  if (!strongest) return text ? [{ text, weight: 0 }] : [];
  const weights = new Float64Array(text.length);
  for (const { start, end, weight } of evidence) {
    for (let i = Math.max(0, start); i < Math.min(text.length, end); i++) {
      const share = weight / strongest;
      if (Math.abs(share) < faintest) continue;
      if (Math.abs(share) > Math.abs(weights[i]!)) weights[i] = share;
    }
  }
  const parts: EvidencePart[] = [];
  for (let i = 0; i < text.length; i++) {
    const last = parts.at(-1);
    if (last && last.weight === weights[i]) last.text += text[i];
    else parts.push({ text: text[i]!, weight: weights[i]! });
  }
  return parts;
}

/** Places among the parts that speak for or against, in the order of the text. */
export function markedPlaces(parts: readonly EvidencePart[]): number[] {
  return parts.flatMap(({ weight, text }, place) => (weight !== 0 && text.trim() !== '' ? [place] : []));
}

/** The strongest pieces in words, for readers: "card +0.42, lost −0.13". */
export function strongestWords(evidence: readonly { term: string; weight: number }[], most: number): string {
  return evidence
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, most)
    .map(({ term, weight }) => `${term} ${formatSigned(weight, 2)}`)
    .join(', ');
}
