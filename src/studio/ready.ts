// What is waited for before the studio answers: the data base, and the engine's word about this computer. Never
// hangs: an engine that does not answer is shown as such, and everything else stays usable.
import type { ReadyInfo } from '../contract/studio';
import type { DeviceInfo } from '../contract/train';
import type { Acts } from './acts';
import { openStudio } from '../storage/open';
import { getSettings } from '../storage/settings';
import type { StudioContext } from './context';
import { schedulePurge } from './purge';
import { resumeInterrupted } from './runs';
import { loadSampleSeconds } from './samples';

const patienceMs = 4000;

/** `ready`, asked as often as one likes: done once, and again only after it was refused. */
export function createReady(context: StudioContext, acts: Acts): () => Promise<ReadyInfo> {
  let ready: Promise<ReadyInfo> | null = null;
  return () => {
    ready ??= makeReady(context, acts).catch((error: unknown) => {
      ready = null;
      throw error;
    });
    return ready;
  };
}

async function makeReady(context: StudioContext, acts: Acts): Promise<ReadyInfo> {
  await openStudio();
  const [settings] = await Promise.all([getSettings(), loadSampleSeconds(), acts.settleAll()]);
  const device = await withPatience(context.trainer.device(settings.backend));
  schedulePurge();
  void context.data.wake().catch(() => undefined);
  void resumeInterrupted(context).catch(() => undefined);
  return {
    backend: device?.backend ?? 'cpu',
    adapter: device?.adapter ?? 'the engine did not answer',
    threads: device?.threads ?? 1,
    crossOriginIsolated: device?.crossOriginIsolated ?? globalThis.crossOriginIsolated,
    selfTest: device?.selfTest ?? { state: 'failed', checks: [] },
  };
}

async function withPatience(asked: Promise<DeviceInfo>): Promise<DeviceInfo | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  const answer = await Promise.race([asked.catch(() => null), late]);
  clearTimeout(timer);
  return answer;
}
