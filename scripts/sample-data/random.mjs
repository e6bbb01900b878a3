// Chance with a seed for sample texts: the same bytes every time.

/** Mulberry32: 32 bits of state, enough for sample text. */
export function createRandom(start) {
  let state = start >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return {
    chance: (share) => next() < share,
    below,
    pick: (list) => list[below(list.length)],
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [list[i], list[j]] = [list[j], list[i]];
      }
      return list;
    },
  };
}

/** Resolves `(a|b)` choices, innermost first, by chance. */
export function expandChoices(random, template) {
  let text = template;
  while (/\([^()]*\|[^()]*\)/.test(text))
    text = text.replace(/\(([^()]*\|[^()]*)\)/, (_, choices) => random.pick(choices.split('|')));
  return text;
}
