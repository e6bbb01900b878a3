// Texts as tokens, made once for each list of texts that is asked about again and again (the rows of a run).
import type { Tokenized } from '../../../../workers/ml/encoder/tokens';
import type { TextEncoder } from '../../../../workers/ml/encoder/text-encoder';

/** Texts tokenised before others are let in. */
const stretch = 2048;

export class TokenReader {
  private readonly known = new WeakMap<readonly string[], Tokenized>();

  constructor(
    private readonly encoder: Pick<TextEncoder, 'tokenize'>,
    private readonly maxLength: number,
  ) {}

  /** `breath` is awaited between stretches with the share that is done. */
  async read(texts: readonly string[], breath?: (fraction: number) => Promise<void>): Promise<Tokenized> {
    const known = this.known.get(texts);
    if (known) return known;
    const parts: Tokenized[] = [];
    for (let from = 0; from < texts.length; from += stretch) {
      await breath?.(from / texts.length);
      parts.push(this.encoder.tokenize(texts.slice(from, from + stretch), this.maxLength));
    }
    const tokens = parts.length === 1 ? parts[0]! : joined(parts);
    this.known.set(texts, tokens);
    return tokens;
  }
}

function joined(parts: readonly Tokenized[]): Tokenized {
  const offsets = new Int32Array(parts.reduce((sum, part) => sum + part.offsets.length - 1, 1));
  const ids = new Int32Array(parts.reduce((sum, part) => sum + part.ids.length, 0));
  const types = parts.some((part) => part.types) ? new Uint8Array(ids.length) : undefined;
  let row = 0;
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, at);
    if (part.types) types?.set(part.types, at);
    for (let i = 1; i < part.offsets.length; i++) offsets[++row] = at + part.offsets[i]!;
    at += part.ids.length;
  }
  const truncated = parts.reduce((sum, part) => sum + part.truncated, 0);
  return { ids, offsets, truncated, ...(types ? { types } : {}) };
}
