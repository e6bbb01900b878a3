// One request to a model host, and what its failures mean in words: no answer, a web page in place of a file, a name
// that is not there, a gate, a redirect that the policy stops. Tries once; what is tried again is hub-download's affair.
import { AbortError, FormatError, NotFoundError, StudioError, UnsupportedError } from '../../src/contract/errors';

export interface HostAsk {
  /** Origin of the model host. */
  host: string;
  repository: string;
  /** For words: which file, or "its list of files". */
  what: string;
  signal: AbortSignal;
  /** No first byte of an answer for so long: given up. */
  answerMs: number;
  fetch: typeof fetch;
  /** Whether the page's policy stopped a request since then (performance.now()); the browser tells it apart, fetch does not. */
  stoppedByPolicy: (since: number) => boolean;
}

/** A connection that failed or fell silent: worth another try, which takes up where this one ended. */
export class Interrupted extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('LimitError', message, options);
  }
}

/** Rejects with a named error for every answer that is not the thing asked for. */
export async function askHost(url: string, headers: Record<string, string>, ask: HostAsk): Promise<Response> {
  const stop = new AbortController();
  const leave = () => stop.abort();
  ask.signal.addEventListener('abort', leave, { once: true });
  let late = false;
  const since = performance.now();
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, ask.answerMs);
  try {
    // Nothing of ours goes with it: no cookies, no address of this page.
    const response = await ask.fetch(url, {
      headers,
      signal: stop.signal,
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    });
    refuseStatus(response, ask);
    refuseWebPage(response, ask);
    return response;
  } catch (error) {
    if (ask.signal.aborted)
      throw new AbortError('Cancelled. What came so far is kept; the download goes on from there.');
    if (error instanceof StudioError) throw error;
    if (late)
      throw new Interrupted(
        `${ask.host} gave no answer within ${inSeconds(ask.answerMs)} (${ask.what}). What came before is kept; try again later.`,
      );
    throw await explainFailure(url, ask, error, since);
  } finally {
    clearTimeout(timer);
    ask.signal.removeEventListener('abort', leave);
  }
}

/** "20 seconds", "1 second", "0.4 seconds". */
export function inSeconds(ms: number): string {
  const seconds = ms < 950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000));
  return `${seconds} second${seconds === '1' ? '' : 's'}`;
}

function refuseStatus(response: Response, { host, repository, what }: HostAsk): void {
  const { status } = response;
  if (status === 200 || status === 206 || status === 416) return;
  const code = response.headers.get('X-Error-Code') ?? '';
  if (status === 404 || code === 'RepoNotFound' || code === 'RevisionNotFound' || code === 'EntryNotFound')
    throw new NotFoundError(
      `${host} has no ${repository} that everybody may read (${what}). Check the name and the revision; a private model must be downloaded there and dropped here as a folder.`,
    );
  if (status === 401 || status === 403)
    throw new UnsupportedError(
      `${host} does not give ${repository} without a sign-in (${status}): its name is wrong, it is private, or its terms must be accepted first. The studio signs in nowhere: accept the terms on the host's page, download the folder there, and drop it here.`,
    );
  if (status === 429)
    throw new Interrupted(
      `${host} asks for a pause: too many requests from this network (429). Try again in some minutes.`,
    );
  if (status >= 500) throw new Interrupted(`${host} has trouble of its own (${status}, ${what}). Try again later.`);
  throw new FormatError(`${host} answered ${status} for ${what}, which the studio does not know what to do with.`);
}

/** A hotel's or company's sign-in page answers everything with 200 and HTML. */
function refuseWebPage(response: Response, { host, what }: HostAsk): void {
  if (/^\s*text\/html/i.test(response.headers.get('Content-Type') ?? '')) throw webPage(host, what);
}

export function webPage(host: string, what: string): FormatError {
  return new FormatError(
    `In place of ${what}, ${host} sent a web page. That is what a network with a sign-in page does (hotel, company): sign in there, then try again. Nothing of it was kept.`,
  );
}

/** Browsers say only "Failed to fetch". A second, shorter look tells what it was. */
async function explainFailure(url: string, ask: HostAsk, cause: unknown, since: number): Promise<Error> {
  const { host, what } = ask;
  if (typeof navigator !== 'undefined' && navigator.onLine === false)
    return new Interrupted(`This computer is offline (${what}). What came before is kept; try again with a network.`, {
      cause,
    });
  const redirected = await leadsElsewhere(url, ask);
  const stopped = ask.stoppedByPolicy(since);
  if (stopped && redirected) return new UnsupportedError(await sentFromElsewhere(ask), { cause });
  if (stopped)
    return new UnsupportedError(
      `This page was loaded before ${host} was allowed, so it may not reach it yet. Reload the page, then try again.`,
      { cause },
    );
  return new Interrupted(
    redirected
      ? `${host} sends ${what} from another address, and that one does not answer. What came before is kept; try again later.`
      : `${host} cannot be reached (${what}): it is down, its address is wrong, or it does not let pages of other sites read it. What came before is kept.`,
    { cause },
  );
}

async function sentFromElsewhere(ask: HostAsk): Promise<string> {
  const named = await fileHosts(ask);
  const where = named.length
    ? `The host names them: ${named.join(' ')}. Add those you trust behind the host in Settings, Model host.`
    : `Add that address behind the host in Settings, Model host: the host's help lists it, and this browser's network panel shows it.`;
  return `${ask.host} sends ${ask.what} from another address, and the studio may reach only those that you allowed. ${where} Or download the folder there and drop it here.`;
}

const lookMs = 4000;

/** A redirect is not followed here, so the policy does not judge where it leads: that it is one is all that shows. */
async function leadsElsewhere(url: string, ask: HostAsk): Promise<boolean> {
  try {
    const answer = await ask.fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.any([ask.signal, AbortSignal.timeout(Math.min(lookMs, ask.answerMs))]),
    });
    return answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400);
  } catch {
    return false; // not there either: the caller's words say so
  }
}

/** Some hosts publish where their files lie (huggingface/hub-docs, "Downloading behind a proxy or firewall"). */
async function fileHosts(ask: HostAsk): Promise<string[]> {
  try {
    const answer = await ask.fetch(`${ask.host}/.well-known/meta.json`, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.any([ask.signal, AbortSignal.timeout(Math.min(lookMs, ask.answerMs))]),
    });
    const meta: unknown = answer.ok ? await answer.json() : null;
    if (typeof meta !== 'object' || meta === null) return [];
    const names = ['cdnDomains', 'lfsDomains'].flatMap((key): unknown[] => {
      const list: unknown = Reflect.get(meta, key);
      return Array.isArray(list) ? list : [];
    });
    return names
      .filter((name): name is string => typeof name === 'string' && /^[a-z0-9.-]{3,100}$/.test(name))
      .slice(0, 7)
      .map((name) => `https://${name}`);
  } catch {
    return []; // it publishes none, or not to pages
  }
}

export function looksLikeWebPage(head: string): boolean {
  return /^\s*(<!doctype html|<html|<head|<script)/i.test(head);
}
