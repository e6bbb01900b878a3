// The starter's tokenizer: the teacher's, without the pieces it never used and without the tokens around a text.

/**
 * @param {any} tokenizer parsed tokenizer.json of a WordPiece model
 * @returns {{ tokenizer: any, pieces: string[], teacherIds: Int32Array }} new ids in the teacher's order; teacherIds[new id]
 */
export function prunePieces(tokenizer) {
  const kept = Object.entries(tokenizer.model.vocab)
    .filter(([piece]) => !/^\[unused\d+\]$/.test(piece))
    .sort(([, a], [, b]) => a - b);
  const ids = new Map(kept.map(([piece], id) => [piece, id]));
  const added = tokenizer.added_tokens.filter(({ content }) => ids.has(content));
  return {
    pieces: kept.map(([piece]) => piece),
    teacherIds: Int32Array.from(kept, ([, id]) => id),
    tokenizer: {
      ...tokenizer,
      truncation: null,
      padding: null,
      added_tokens: added.map((token) => ({ ...token, id: ids.get(token.content) })),
      post_processor: null,
      model: { ...tokenizer.model, vocab: Object.fromEntries(ids) },
    },
  };
}

/** Words of three letters or more that are one piece, the teacher's most frequent first. */
export const wordsAmong = (pieces) => pieces.filter((piece) => /^[a-z]{3,}$/.test(piece));
