// 95 % intervals of a run's own figures by resampling the rows it was judged on, in portions so the page stays awake.
import type { FrozenSplit } from '../contract/records';
import { defaultResamples, PairedBootstrap, type Interval } from '../lib/statistics/bootstrap';
import { inPortions } from './portions';

export type OwnIntervals = Record<'f1Macro' | 'accuracy', Interval>;

/** Null where the split has no answers, or where `gone` said that nobody waits any more. */
export async function ownIntervals(split: FrozenSplit, gone = (): boolean => false): Promise<OwnIntervals | null> {
  if (!split.predicted || split.rowIds.length === 0) return null;
  const bootstrap = new PairedBootstrap(split.actual, [split.predicted], split.labels.length, 0);
  await inPortions(
    () => gone() || bootstrap.done >= defaultResamples,
    () => bootstrap.run(Math.min(5, defaultResamples - bootstrap.done)),
    8,
  );
  if (bootstrap.done < defaultResamples) return null;
  return { f1Macro: bootstrap.interval('f1Macro', 0), accuracy: bootstrap.interval('accuracy', 0) };
}
