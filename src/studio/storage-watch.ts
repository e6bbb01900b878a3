// Watches over what is stored: notices within two seconds that the browser took it away, shows why saving fails,
// and asks once, after the first real work, that the browser keep it. Shown through storage.info and onChange.
import { newId } from '../lib/ids';
import { announceHere, onChange } from '../storage/changes';
import { getFact, putFact } from '../storage/facts';
import { onClosed } from '../storage/open';
import { onProblem, setProblem, storageProblem } from '../storage/transact';
import { askToPersist } from './storage';

const sentinel = 'sentinel';
const askedFact = 'asked-to-persist';
const checkEveryMs = 1500;
const everything = ['storage', 'projects', 'datasets', 'labels', 'runs', 'models', 'deployments', 'corrections'];
const cleared =
  'The browser has cleared what the studio had stored here: projects made before are gone. Restore a backup from the list of projects, and let the browser keep the data (Settings, Storage).';
const upgraded =
  'A newer version of the studio has opened in another tab. Reload this tab to go on; everything saved is there.';

let gone: string | null = null;

/** What is wrong with storage now, in the user's words; null where it works. */
export function shownProblem(): string | null {
  return gone ?? storageProblem();
}

function lose(message: string): void {
  if (gone !== null) return;
  gone = message;
  announceHere({ stores: everything });
}

/** From now on loss, refusals and first work are noticed. Once per page. */
export function watchStorage(): void {
  onClosed((reason) => lose(reason === 'lost' ? cleared : upgraded));
  onProblem(() => announceHere({ stores: ['storage'] }));
  onChange(({ stores }) => {
    // A change is announced after its commit, also by workers: saving works again.
    if (!stores.includes('storage')) setProblem(null);
    if (stores.includes('labels') || stores.includes('datasets')) void askOnce().catch(() => undefined);
  });
  void keepWatch().catch(() => undefined);
}

/** A small record that must stay: where it is missing, all is. Hidden pages look when they are shown again. */
async function keepWatch(): Promise<void> {
  if ((await getFact(sentinel)) === null) await putFact(sentinel, newId('sentinel'));
  const look = async (): Promise<void> => {
    if (gone !== null || document.visibilityState === 'hidden') return;
    if ((await getFact(sentinel)) === null) lose(cleared);
  };
  const check = (): void => void look().catch(() => undefined);
  setInterval(check, checkEveryMs);
  document.addEventListener('visibilitychange', check);
}

let asked = false;

/** Some browsers ask the user, so it is asked once, and only after something is there to keep. */
async function askOnce(): Promise<void> {
  if (asked) return;
  asked = true;
  if ((await getFact(askedFact)) !== null) return;
  await putFact(askedFact, await askToPersist());
  announceHere({ stores: ['storage'] });
}

/** A worker's refusal to save is shown as this page's own. */
export function noticeRefusal(error: Error): void {
  if (error.name === 'StorageError' && error.message.startsWith('Not saved')) setProblem(error.message);
}
