// An answer's body, piece by piece, and small ones as JSON. Each piece has its time to come, a cancel ends it at once, and
// nothing is read beyond a limit. What headers say is hub-answers' affair.
import { AbortError, FormatError, LimitError } from '../../src/contract/errors';
import { inSeconds, Interrupted, looksLikeWebPage, webPage, type HostAsk } from './hub-answers';

export interface PieceAsk {
  host: string;
  /** For words: which file, or "its list of files". */
  what: string;
  signal: AbortSignal;
  /** Silence for so long ends the connection. */
  stallMs: number;
  /** What became of that which came before: the end of every message. */
  after: string;
}

/** Null at the end. AbortError when the signal says so; Interrupted where the connection falls silent or breaks. */
export async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { signal, stallMs, host, what, after }: PieceAsk,
): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    leave = () => reject(new AbortError(`Cancelled. ${after}`));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    timer = setTimeout(
      () => reject(new Interrupted(`${host} fell silent for ${inSeconds(stallMs)} in the middle of ${what}. ${after}`)),
      stallMs,
    );
  });
  try {
    const { done, value } = await Promise.race([reader.read(), ended]);
    return done ? null : value;
  } catch (cause) {
    if (cause instanceof AbortError || cause instanceof Interrupted) throw cause;
    throw new Interrupted(`The connection to ${host} broke off in the middle of ${what}. ${after}`, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}

/** The answer as JSON; FormatError for a web page under another name and for anything else, LimitError beyond the limit. */
export async function readJson(response: Response, ask: HostAsk, limitBytes: number): Promise<unknown> {
  const text = await readText(response, ask, limitBytes);
  if (looksLikeWebPage(text.slice(0, 200))) throw webPage(ask.host, ask.what);
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch (cause) {
    throw new FormatError(
      `${ask.host} answered, but not as a model host does (${ask.what} is not JSON). Is it the right address?`,
      { cause },
    );
  }
}

async function readText(response: Response, ask: HostAsk, limitBytes: number): Promise<string> {
  const { host, what, signal, answerMs: stallMs } = ask;
  if (!response.body) throw new Interrupted(`${host} sent nothing for ${what}. Try again.`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const piece = await nextPiece(reader, { host, what, signal, stallMs, after: 'Try again.' });
      if (!piece) return text + decoder.decode();
      bytes += piece.length;
      if (bytes > limitBytes)
        throw new LimitError(
          `${host} sent more than ${limitBytes.toLocaleString('en-GB')} bytes for ${what}; no more are read. Is it the right address?`,
        );
      text += decoder.decode(piece, { stream: true });
    }
  } catch (error) {
    reader.cancel().catch(() => undefined); // the connection may be gone already
    throw error;
  }
}
