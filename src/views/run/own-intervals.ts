// 95 % intervals of a run's own figures by resampling the rows it was judged on, in portions so the page stays awake.
import type { FrozenSplit } from '../../contract/records';
import { defaultResamples, PairedBootstrap } from '../../lib/statistics/bootstrap';
import { inPortions } from '../../studio/portions';

export type OwnIntervals = Partial<Record<string, { low: number; high: number }>>;

/** Of macro-F1 and accuracy; {} where the split has no answers. Stops, with {}, when `gone` says so. */
export async function ownIntervals(split: FrozenSplit, gone: () => boolean): Promise<OwnIntervals> {
  if (!split.predicted || !split.rowIds.length) return {};
  const bootstrap = new PairedBootstrap(split.actual, [split.predicted], split.labels.length, 0);
  await inPortions(
    () => gone() || bootstrap.done >= defaultResamples,
    () => bootstrap.run(Math.min(5, defaultResamples - bootstrap.done)),
    8,
  );
  if (bootstrap.done < defaultResamples) return {};
  return { f1Macro: bootstrap.interval('f1Macro', 0), accuracy: bootstrap.interval('accuracy', 0) };
}
