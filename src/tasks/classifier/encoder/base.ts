// The base of a run or of a model: opened by its id, and for a model only where it is exactly the one it was trained from.
import { loadBase } from '../../../../workers/bases/load-base';
import type { OpenedTransformer } from '../../../../workers/bases/opened-encoder';
import type { Base, BaseIdentity } from '../../../contract/bases';
import { FormatError, NotFoundError, UnsupportedError } from '../../../contract/errors';
import { findBaseByHash } from '../../../storage/bases';

export type OpenedBase = OpenedTransformer & { base: Base };

/** Null where the base is an embedding of word-pieces. NotFoundError where it is gone. */
export async function openTransformer(id: string, name?: string): Promise<OpenedBase | null> {
  const loaded = await loadBase(id, name);
  return loaded.encoder.kind === 'transformer' && loaded.imported
    ? { ...loaded, encoder: loaded.encoder, imported: loaded.imported }
    : null;
}

/** The base a model began with, also where its folder was added anew under another id. Said by name where it is missing. */
export async function openBaseOf({ id, name, hash }: BaseIdentity): Promise<OpenedBase> {
  const own = await openTransformer(id, name).catch(async (error: unknown) => {
    const again = error instanceof NotFoundError ? await findBaseByHash(hash) : null;
    if (!again) throw error;
    return openTransformer(again.id);
  });
  if (!own) throw new UnsupportedError(`The base "${name}" of this model is not a transformer.`);
  if (own.base.hash !== hash)
    throw new FormatError(
      `The base "${name}" is not the one this model was trained from: its files differ. Add the folder it was trained from.`,
    );
  return own;
}

export const identity = ({ id, name, hash }: Base): BaseIdentity => ({ id, name, hash });
