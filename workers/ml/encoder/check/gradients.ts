// Loss and gradients of the recorded batch, and of a loss over its embeddings, against the reference's.
import type { TensorMap } from '../../../../src/contract/records';
import type { Session } from '../../../backends/device';
import { slice } from '../../../kernels/slice';
import { createGradients } from '../../gradients';
import { multipleNegatives } from '../../loss';
import type { LossFunction } from '../../step-plan';
import type { Tokenized } from '../tokens';
import { gradientFloor, largestOf, normOf, tolerances, type Entries } from './entries';
import type { CheckedModel } from './model';
import type { Reference } from './recorded';

export async function checkGradients(
  session: Session,
  model: CheckedModel,
  { expected, gradients: wanted }: Reference,
  tokens: Tokenized,
  entries: Entries,
): Promise<void> {
  const labels = model.targets(expected.at('batch').at('labels').numbers());
  const { loss, gradients } = await gradientsOf(session, model, tokens, (c) => model.loss(c), labels);
  entries.near('loss', [loss], [expected.at('loss').number()], tolerances.forward);
  const largest = Math.max(...Object.values(wanted).map(({ data }) => largestOf(data)));
  const noise = new Set(expected.at('gradients').at('noiseParameters').texts());
  for (const [name, { data }] of Object.entries(wanted)) {
    const ours = gradients[name]?.data ?? new Float32Array(data.length);
    // Their true gradient is zero; what is recorded is rounding.
    if (noise.has(name)) entries.add(`gradient of ${name}`, largestOf(ours) / largest, tolerances.noise);
    else entries.near(`gradient of ${name}`, ours, data, tolerances.gradient, gradientFloor * largest);
  }
  const norm = normOf(Object.keys(wanted).map((name) => normOf(gradients[name]?.data ?? [])));
  entries.near(
    'norm of all gradients',
    [norm],
    [expected.at('gradients').at('globalNorm').number()],
    tolerances.gradient,
  );
}

/** Multiple negatives, scale 20, of rows 0 and 1 with 2 and 3: gradients through pooling and unit length. */
export async function checkEmbeddingLoss(
  session: Session,
  model: CheckedModel,
  { expected }: Reference,
  tokens: Tokenized,
  entries: Entries,
): Promise<void> {
  const recorded = expected.at('embeddingLoss');
  if (!recorded.exists) return;
  const width = model.net.dimensions;
  const found = await gradientsOf(session, model, tokens, (c) => {
    const { pooled } = model.net.encode(c);
    return multipleNegatives(c.recorder, slice(pooled, [0, 0], [2, width]), slice(pooled, [2, 0], [2, width]));
  });
  entries.near('loss of embeddings', [found.loss], [recorded.at('loss').number()], tolerances.forward);
  const norms = recorded
    .at('gradientNorms')
    .entries()
    .map(([name, norm]) => [name, norm.number()] as const);
  const largest = Math.max(...norms.map(([, norm]) => norm));
  for (const [name, norm] of norms) {
    const ours = normOf(found.gradients[name]?.data ?? []);
    entries.near(
      `gradient norm of ${name}, loss of embeddings`,
      [ours],
      [norm],
      tolerances.gradient,
      gradientFloor * largest,
    );
  }
}

async function gradientsOf(
  session: Session,
  model: CheckedModel,
  tokens: Tokenized,
  loss: LossFunction,
  targets = {},
): Promise<{ loss: number; gradients: TensorMap }> {
  const asked = createGradients(session, { parameters: model.parameters, loss, of: () => true });
  const { sizes, inputs } = model.batch(tokens);
  const found = await asked.at({ ...inputs, ...targets }, sizes);
  await asked.dispose();
  // Parameters that the loss does not read have no gradient: zeros, and not the weights that an export falls back to.
  const all: TensorMap = {};
  for (const name of model.parameters.names()) {
    const { shape } = model.parameters.placed(name);
    const size = shape.reduce((product, one) => product * one, 1);
    all[name] = found.parameters[name] ?? { shape: [...shape], dtype: 'float32', data: new Float32Array(size) };
  }
  return { loss: found.loss, gradients: model.named(all) };
}
