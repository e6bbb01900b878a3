// The samples that ship with the build: what sample-data/*/sample.json says, and where their files lie.
import { NotFoundError } from '../contract/errors';
import type { Mapping } from '../contract/records';
import type { SampleInfo } from '../contract/studio';
import { getFact, putFact } from '../storage/facts';
import { getProject } from '../storage/projects';
import type { TrainEvents } from './train-events';

/** A sample-data folder's sample.json. */
export interface SampleSpec {
  id: string;
  title: string;
  subtitle: string;
  task: string;
  file: string;
  rows: number;
  mapping: Mapping;
}

const specs = import.meta.glob<SampleSpec>('../../sample-data/*/sample.json', { eager: true, import: 'default' });
const files = import.meta.glob<string>(['../../sample-data/*/*.{csv,jsonl,json,txt,gz}', '!**/sample.json'], {
  eager: true,
  query: '?url',
  import: 'default',
});

const secondsFact = (sampleId: string): string => `sample-seconds:${sampleId}`;
const secondsHere = new Map<string, number>();

/** Samples with the seconds a first model took on this computer, once measured. Answers at once. */
export function listSamples(): SampleInfo[] {
  return Object.values(specs)
    .map(({ id, title, subtitle, task, rows }) => ({
      id,
      title,
      subtitle,
      task,
      rows,
      secondsHere: secondsHere.get(id) ?? null,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Reads what was measured before, so that `listSamples` can answer at once. */
export async function loadSampleSeconds(): Promise<void> {
  for (const { id } of Object.values(specs)) {
    const fact = await getFact(secondsFact(id));
    if (typeof fact?.value === 'number') secondsHere.set(id, fact.value);
  }
}

/** Keeps how long a sample's run with the task's own settings took here, to be promised next time. */
export function keepSampleTimes(events: TrainEvents): void {
  events.subscribe((event) => {
    if (event.type !== 'status' || event.run.status !== 'finished' || event.run.changed.length > 0) return;
    const { projectId, seconds } = event.run;
    void getProject(projectId)
      .then(async ({ sampleId }) => {
        if (sampleId === undefined || secondsHere.get(sampleId) === seconds) return;
        secondsHere.set(sampleId, seconds);
        await putFact(secondsFact(sampleId), seconds);
      })
      .catch(() => undefined);
  });
}

/** The sample's spec and its data as a file to import; rejects with NotFoundError. */
export async function openSample(sampleId: string): Promise<{ spec: SampleSpec; file: File }> {
  for (const [path, spec] of Object.entries(specs)) {
    if (spec.id !== sampleId) continue;
    const url = files[path.replace('sample.json', spec.file)];
    if (url === undefined) break;
    const answer = await fetch(new URL(url, document.baseURI));
    if (!answer.ok)
      throw new NotFoundError(
        `The sample "${spec.title}" could not be read (answer ${answer.status}). Reload the page, or reopen it once with the network on.`,
      );
    return { spec, file: new File([await answer.blob()], spec.file) };
  }
  const known = Object.values(specs).map((spec) => spec.id);
  throw new NotFoundError(`There is no sample "${String(sampleId)}" in this build. There are: ${known.join(', ')}.`);
}
