// Which special tokens a tokenizer puts around a single text, found by asking the library, since five kinds of
// post-processor say it in five ways.
import type { Tokenizer } from '@huggingface/tokenizers';
import { FormatError } from '../../../src/contract/errors';

export interface SpecialFrame {
  before: readonly number[];
  after: readonly number[];
}

const probes = ['a', 'x 1', '.'];

/** FormatError where no probe shows it, as with a tokenizer that repeats its text. */
export function findFrame(library: Tokenizer): SpecialFrame {
  for (const probe of probes) {
    const body = library.encode(probe, { add_special_tokens: false }).ids;
    const all = library.encode(probe).ids;
    const more = all.length - body.length;
    if (!body.length) continue;
    const at = [];
    for (let i = 0; i <= more; i++) if (body.every((id, k) => all[i + k] === id)) at.push(i);
    if (at.length === 1) return { before: all.slice(0, at[0]), after: all.slice(at[0]! + body.length) };
  }
  throw new FormatError(
    'tokenizer.json cannot be used: what its "post_processor" puts around a text is not one beginning and one end. Take the one of the original model.',
  );
}
