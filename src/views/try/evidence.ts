// Cuts a text at the words that spoke for the answer. Pure; overlapping evidence keeps the strongest at each place.
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
