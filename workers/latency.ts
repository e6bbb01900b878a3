// How long a model takes to answer, measured at the end of a run.

/** Longest that timing may take: a slow model is timed on fewer texts and scaled. */
const budgetMs = 1500;

/** Milliseconds of one answer (median of nine) and of a thousand; null without texts. At most 1,000 texts are looked at. */
export async function timeAnswers(
  texts: readonly string[],
  answer: (texts: string[]) => Promise<unknown>,
): Promise<{ oneMs: number; thousandMs: number } | null> {
  if (texts.length === 0) return null;
  const time = async (some: string[]): Promise<number> => {
    const began = performance.now();
    await answer(some);
    return performance.now() - began;
  };
  await time(texts.slice(0, 1));
  const ones: number[] = [];
  const began = performance.now();
  for (let i = 0; i < 9 && performance.now() - began < budgetMs / 3; i++)
    ones.push(await time([texts[i % texts.length]!]));
  ones.sort((a, b) => a - b);
  const oneMs = ones[Math.floor(ones.length / 2)]!;
  const affordable = Math.max(1, Math.floor(budgetMs / 2 / Math.max(oneMs, 0.01)));
  const many = Array.from({ length: 1000 }, (_, i) => texts[i % texts.length]!).slice(0, affordable);
  return { oneMs, thousandMs: ((await time(many)) * 1000) / many.length };
}
