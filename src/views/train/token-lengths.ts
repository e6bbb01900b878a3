// What lengths in tokens say: a histogram, the share that a limit cuts, and which rows to show of those. Pure.
import type { CutText, TokenLengths } from '../../contract/map';

export interface LengthFacts {
  /** One more edge than counts; the last bin holds everything longer, too. */
  edges: number[];
  counts: number[];
  median: number;
  longest: number;
  /** Rows that the limit cuts, and their share of those counted. */
  cut: number;
  share: number;
  /** Share of all tokens that is not read. */
  lost: number;
  /** Places of rows that are cut: the longest, one in the middle, the shortest. */
  examples: number[];
}

const bins = 32;

export function lengthFacts({ lengths, places }: Pick<TokenLengths, 'lengths' | 'places'>, limit: number): LengthFacts {
  const sorted = Uint32Array.from(lengths).sort();
  const longest = sorted.at(-1) ?? 0;
  const nearlyAll = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  const reach = Math.max(1, Math.min(longest, Math.max(nearlyAll, Math.ceil(limit * 1.15))));
  const width = Math.max(1, Math.ceil((reach + 1) / bins));
  const count = Math.ceil((reach + 1) / width);
  const counts = new Array<number>(count).fill(0);
  let cut = 0;
  let all = 0;
  let unread = 0;
  for (const length of lengths) {
    counts[Math.min(count - 1, Math.floor(length / width))]!++;
    all += length;
    if (length > limit) {
      cut++;
      unread += length - limit;
    }
  }
  const over = Array.from(lengths, (length, i) => ({ length, place: places[i]! }))
    .filter(({ length }) => length > limit)
    .sort((a, b) => b.length - a.length || a.place - b.place);
  const shown = [over[0], over[over.length >> 1], over.at(-1)].flatMap((one) => (one ? [one.place] : []));
  return {
    edges: Array.from({ length: count + 1 }, (_, i) => i * width),
    counts,
    median: sorted[sorted.length >> 1] ?? 0,
    longest,
    cut,
    share: lengths.length > 0 ? cut / lengths.length : 0,
    lost: all > 0 ? unread / all : 0,
    examples: [...new Set(shown)],
  };
}

/** The text round the cut: the end of what is read and the beginning of what is not, with what was left out as dots. */
export function aroundCut({ text, from, to }: CutText): { before: string; kept: string; after: string } {
  const [keptMost, cutMost] = [90, 160];
  const short = (part: string, most: number, end: boolean): string => {
    if (part.length <= most) return part;
    return end ? `… ${part.slice(-most).trimStart()}` : `${part.slice(0, most).trimEnd()} …`;
  };
  const left = from > 0;
  return {
    before: short(text.slice(0, from), cutMost, true),
    kept: short(text.slice(from, to), keptMost, !left),
    after: short(text.slice(to), cutMost, false),
  };
}

/** What counts the tokens of a recipe: its transformer, words where its limit is in words, else the starter. */
export function counterOf(base: unknown, unit: string | undefined): string {
  if (typeof base === 'string' && base.startsWith('base-')) return base;
  return unit === 'words' ? 'scratch' : 'starter';
}
