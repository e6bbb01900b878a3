// Outputs against the reference's: logits, hidden states at real positions, embeddings, recorded texts one by one.
import type { Session } from '../../../backends/device';
import { normalizeRows } from '../../../kernels/row-geometry';
import { record } from '../../../tape/record';
import { StepContext } from '../../step-context';
import { writePlanInputs } from '../../step-inputs';
import { flatTokens, lengthOf, textCount, type Tokenized } from '../tokens';
import { tolerances, type Entries } from './entries';
import type { CheckedModel } from './model';
import { batchCut, type Reference } from './recorded';

/** What the model gives for texts; hidden states by text and layer, [tokens, hidden] each. */
export interface Outputs {
  logits: Float32Array | null;
  embedding: Float32Array;
  first: Float32Array;
  pooler: Float32Array | null;
  hidden: Float32Array[][];
}

export async function outputsOf(session: Session, model: CheckedModel, tokens: Tokenized): Promise<Outputs> {
  const { sizes, inputs, starts } = model.batch(tokens);
  const { family, hidden: width, layers } = model.shape;
  const plan = record((r) => {
    const context = new StepContext(r, model.parameters, sizes, false);
    const encoded = model.net.encode(context);
    const first = encoded.first!();
    encoded.hidden!.forEach((hidden, i) => r.output(`hidden_${i}`, hidden));
    r.output('embedding', normalizeRows(encoded.pooled));
    r.output('first', normalizeRows(first));
    if (!model.head) return;
    r.output('logits', model.head.logits(context, first));
    if (family === 'bert') r.output('pooler', model.head.dense(context, first));
  });
  const prepared = await session.prepare(plan);
  try {
    writePlanInputs(session, plan, inputs);
    await prepared.run();
    const read = (name: string): Promise<Float32Array> => session.output(prepared, name);
    const optional = (name: string) => (name in plan.outputs ? read(name) : Promise.resolve(null));
    const hidden: Float32Array[][] = [];
    for (let layer = 0; layer <= layers; layer++) {
      const all = await read(`hidden_${layer}`);
      hidden.push(
        Array.from({ length: textCount(tokens) }, (_, row) =>
          all.subarray(starts![row]! * width, (starts![row]! + lengthOf(tokens, row)) * width),
        ),
      );
    }
    return {
      logits: await optional('logits'),
      embedding: await read('embedding'),
      first: await read('first'),
      pooler: await optional('pooler'),
      hidden,
    };
  } finally {
    prepared.dispose();
  }
}

/** Tokens, outputs of the batch, and the recorded cases. Returns the tokens of the batch. */
export async function checkForward(
  session: Session,
  model: CheckedModel,
  { expected, outputs: wanted }: Reference,
  entries: Entries,
): Promise<Tokenized> {
  const texts = expected.at('batch').at('texts').texts();
  const tokens = model.tokens(texts, batchCut(expected));
  const masks = expected.at('batch').at('attentionMask').list();
  expected
    .at('batch')
    .at('ids')
    .list()
    .forEach((ids, row) => {
      const mask = masks[row]!.numbers();
      const real = ids.numbers().filter((_, i) => mask[i] === 1);
      entries.same(
        `tokens of text ${row + 1}`,
        tokens.ids.subarray(tokens.offsets[row], tokens.offsets[row + 1]),
        real,
      );
    });
  const ours = await outputsOf(session, model, tokens);
  const compare = (name: string, found: ArrayLike<number> | null): void => {
    if (found && wanted[name]) entries.near(name, found, wanted[name].data, tolerances.forward);
  };
  compare('logits', ours.logits);
  compare('embedding', ours.embedding);
  compare('cls_embedding', ours.first);
  compare('pooler_output', ours.pooler);
  const width = model.shape.hidden;
  ours.hidden.forEach((rows, layer) => {
    const names = [`hidden_${layer}`, ...(layer === ours.hidden.length - 1 ? ['last_hidden_state'] : [])];
    for (const name of names) {
      const tensor = wanted[name];
      if (!tensor) continue;
      // Padding positions hold whatever the reference left there: only real ones are compared.
      const stride = tensor.shape[1]! * width;
      const real = rows.map((row, i) => tensor.data.subarray(i * stride, i * stride + row.length));
      entries.near(name, joined(rows), joined(real), tolerances.forward);
    }
  });
  await checkCases(session, model, { expected, entries });
  return tokens;
}

const joined = (parts: readonly ArrayLike<number>[]): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

async function checkCases(
  session: Session,
  model: CheckedModel,
  { expected, entries }: { expected: Reference['expected']; entries: Entries },
): Promise<void> {
  const recorded = expected.at('cases').exists ? expected.at('cases').list() : [];
  const labels = model.shape.labels?.length ?? 0;
  if (recorded.length && model.head) {
    const tokens = model.tokens(recorded.map((one) => one.at('text').text()));
    const { logits } = await outputsOf(session, model, tokens);
    recorded.forEach((one, i) => {
      const ids = tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1]);
      entries.same(`tokens of case ${i + 1}`, ids, one.at('ids').numbers());
      const own = logits!.subarray(i * labels, (i + 1) * labels);
      entries.near(`logits of case ${i + 1}`, own, one.at('logits').numbers(), tolerances.forward);
    });
  }
  const pair = expected.at('pair');
  if (pair.exists && model.head) {
    const types = pair.at('typeIds').exists ? { types: [pair.at('typeIds').numbers()] } : {};
    const { logits } = await outputsOf(session, model, flatTokens([pair.at('ids').numbers()], types));
    entries.near('logits of a pair', logits!, pair.at('logits').numbers(), tolerances.forward);
  }
}

/** References of encoders without a head: vectors and hidden states of single sentences. */
export async function checkSentences(
  session: Session,
  model: CheckedModel,
  { expected }: Reference,
  entries: Entries,
): Promise<void> {
  const sentences = expected.at('sentences').list();
  const tokens = model.encoder.tokenize(sentences.map((one) => one.at('text').text()));
  const { embedding, hidden } = await outputsOf(session, model, tokens);
  const width = model.net.dimensions;
  sentences.forEach((one, i) => {
    const ids = tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1]);
    entries.same(`tokens of sentence ${i + 1}`, ids, one.at('ids').numbers());
    const own = embedding.subarray(i * width, (i + 1) * width);
    entries.near(`embedding of sentence ${i + 1}`, own, one.at('embedding').numbers(), tolerances.forward);
  });
  const states = expected.at('lastHiddenState');
  if (!states.exists) return;
  for (const [index, state] of states.entries())
    entries.near(
      `last_hidden_state of sentence ${Number(index) + 1}`,
      hidden.at(-1)![Number(index)] ?? [],
      state.numbers(),
      tolerances.forward,
    );
}
