// The work that is measured, shared by ours and by what runs beside it. The model's files and texts.json (texts of
// banking77) are served beside the page under model/.
import { medianMs, type Figures } from '../engine/cases';

export const batch = 16;
export const classes = 77;
export const modelFolder = '/model/';

export type Order =
  /** Random tokens, every row full: a whole AdamW step, or a forward pass. */
  | { what: 'train' | 'forward'; threads: number; length: number }
  /** Texts of the data set as they come, 16 a step: as long as they are. */
  | { what: 'dynamic'; threads: number }
  /** Vectors of texts, tokenisation included; of one text. */
  | { what: 'encode' | 'single'; threads: number; int8?: boolean };

/** Steps of 16 different texts each, in an order that all take. */
export const dynamicSteps = 24;
export const encodedTexts = 320;

export async function fetchJson(name: string): Promise<unknown> {
  const answer = await fetch(modelFolder + name);
  if (!answer.ok) throw new Error(`${name} was not served (${answer.status})`);
  return answer.json();
}

export async function fetchBytes(name: string): Promise<Uint8Array> {
  const answer = await fetch(modelFolder + name);
  if (!answer.ok) throw new Error(`${name} was not served (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}

export async function fetchTexts(): Promise<string[]> {
  const texts = await fetchJson('texts.json');
  if (!Array.isArray(texts)) throw new Error('texts.json is not a list');
  return texts.map(String);
}

/** Answers orders in a worker: replies carry the figures, or the reason why there are none. */
export function answerOrders(work: (order: Order) => Promise<Figures>): void {
  self.onmessage = ({ data }: MessageEvent<Order>) => {
    work(data).then(
      (figures) => self.postMessage({ figures }),
      (error: unknown) => self.postMessage({ error: error instanceof Error ? error.message : String(error) }),
    );
  };
}

export { medianMs, type Figures };
