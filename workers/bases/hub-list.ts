// Asks a model host what a repository holds: which files would be fetched, how large they are, and how much of them is
// here already. Fetches no file.
import { UnsupportedError } from '../../src/contract/errors';
import type { HubFile, HubListing } from '../../src/contract/hub';
import type { HubName } from '../../src/lib/hub-name';
import { askHost, type HostAsk } from './hub-answers';
import { neededFiles, readModelAnswer } from './hub-files';
import { readJson } from './hub-reading';

const answerLimit = 20_000_000;

/** `ask` without `what`: each request names its own. */
export async function listRepository(name: HubName, ask: Omit<HostAsk, 'what' | 'repository'>): Promise<HubListing> {
  const { repository, revision } = name;
  const own: HostAsk = { ...ask, repository, what: 'its list of files' };
  const address = `${ask.host}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = readModelAnswer(await readJson(await askHost(address, {}, own), own, answerLimit), ask.host);
  if (answer.gated)
    throw new UnsupportedError(
      `${ask.host} gives ${repository} only to those who signed in and accepted its terms. The studio signs in nowhere: do that on the host's page, download the folder there, and drop it here.`,
    );
  const { files, weights } = neededFiles(answer.files, repository);
  const commit = answer.commit ?? revision;
  const sized = await Promise.all(files.map((file) => withSize(file, { ...name, commit }, own)));
  return {
    host: ask.host,
    repository,
    revision,
    commit,
    weights,
    licence: answer.licence,
    files: sized.map((file) => ({ ...file, kept: 0 })),
    bytes: sized.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    kept: 0,
  };
}

/** Hosts that do not list sizes tell them for each file; one that does not do that either leaves it open. */
async function withSize(
  file: HubFile,
  { repository, commit }: HubName & { commit: string },
  ask: HostAsk,
): Promise<HubFile> {
  // Texts are sent compressed, and their length is then another; they are small, so it may stay open.
  if (file.bytes !== null || !/\.(safetensors|onnx)$/.test(file.path)) return file;
  try {
    const answer = await ask.fetch(`${ask.host}/${repository}/resolve/${encodeURIComponent(commit)}/${file.path}`, {
      method: 'HEAD',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.any([ask.signal, AbortSignal.timeout(ask.answerMs)]),
    });
    const length = Number(answer.headers.get('X-Linked-Size') ?? answer.headers.get('Content-Length'));
    return answer.ok && Number.isSafeInteger(length) && length > 0 ? { ...file, bytes: length } : file;
  } catch {
    return file;
  }
}
