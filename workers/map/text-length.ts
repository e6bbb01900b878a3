// How long texts are in tokens of a base, and what a limit on them cuts. Reads the base's tokenizer, never its weights.
import { starterId } from '../../src/contract/bases';
import { FormatError } from '../../src/contract/errors';
import { getBase } from '../../src/storage/bases';
import { wordsOf } from '../../src/tasks/classifier/features';
import { madeFile, type FolderFile } from '../bases/folder-files';
import { readObject } from '../bases/folder-json';
import { readFolderTokenizer } from '../bases/folder-tokenizer';
import { readSentenceLayout } from '../bases/sentence-layout';
import type { ReadStarterFile } from '../bases/starter';
import { storedFiles } from '../bases/stored-files';

/** Where a network starts from nothing, its tokens are words. */
export const scratchId = 'scratch';

export interface TextMeter {
  /** Tokens of each text, special ones included, uncut. */
  lengths(texts: readonly string[]): number[];
  /** Special tokens of every text. */
  special: number;
  maxLength: number;
  truncationSide: 'left' | 'right';
}

const wordMeter: TextMeter = {
  lengths: (texts) => texts.map((text) => wordsOf(text, Infinity).length),
  special: 0,
  maxLength: 4096,
  truncationSide: 'right',
};

/** NotFoundError where the base is gone; FormatError where its tokenizer cannot be read. */
export async function textMeter(baseId: string, readStarter: ReadStarterFile): Promise<TextMeter> {
  if (baseId === scratchId) return wordMeter;
  const { files, maxLength } = await filesOf(baseId, readStarter);
  const layout = await readSentenceLayout(files);
  const config = await readObject(files.get(`${layout.root}config.json`) ?? files.get('config.json'));
  const { tokenizer } = await readFolderTokenizer(files, layout.root, String(config?.['model_type'] ?? ''));
  const { frame, truncationSide } = tokenizer;
  return {
    lengths(texts) {
      const { offsets } = tokenizer.tokenize(layout.lowerCase ? texts.map((text) => text.toLowerCase()) : texts);
      return texts.map((_, i) => offsets[i + 1]! - offsets[i]!);
    },
    special: frame.before.length + frame.after.length,
    maxLength: maxLength ?? Number(config?.['max_length'] ?? Infinity),
    truncationSide,
  };
}

async function filesOf(
  baseId: string,
  readStarter: ReadStarterFile,
): Promise<{ files: Map<string, FolderFile>; maxLength: number | null }> {
  if (baseId !== starterId) {
    const base = await getBase(baseId);
    return { files: new Map(storedFiles(base).map((file) => [file.path, file])), maxLength: base.shape.maxLength };
  }
  const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const files = await Promise.all(names.map(async (name) => madeFile(name, await readStarter(name))));
  return { files: new Map(files.map((file) => [file.path, file])), maxLength: null };
}

/**
 * The part of a text that is read under a limit, as [from, to): whole words where it has any spaces. Found by halving, for
 * tokens are only counted, never placed.
 */
export function partRead(meter: TextMeter, text: string, maxLength: number): [from: number, to: number] {
  if (maxLength < 1) throw new FormatError('A text is cut at one token at least.');
  const fits = (part: string): boolean => (meter.lengths([part])[0] ?? 0) <= maxLength;
  if (fits(text)) return [0, text.length];
  const left = meter.truncationSide === 'left';
  const ends = cutsOf(text);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const part = left ? text.slice(ends[ends.length - 1 - middle]) : text.slice(0, ends[middle]);
    if (fits(part)) low = middle;
    else high = middle - 1;
  }
  return left ? [ends[ends.length - 1 - low]!, text.length] : [0, ends[low]!];
}

/** Where a text may be cut, the start and the end included. */
function cutsOf(text: string): number[] {
  const words = Array.from(text.matchAll(/\S+/gu), ({ index, 0: word }) => index + word.length);
  const letters = words.length > text.length / 30;
  const cuts = letters ? words : Array.from(text.matchAll(/./gsu), ({ index, 0: letter }) => index + letter.length);
  return [...new Set([0, ...cuts, text.length])];
}
