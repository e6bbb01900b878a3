// The recorded fine-tuning, step by step: AdamW with decay, clipping, linear warm-up and fall.
import type { Session } from '../../../backends/device';
import { createGradients } from '../../gradients';
import { scheduleFactor } from '../../schedule';
import { createStepper } from '../../step';
import { normOf, tolerances, type Entries } from './entries';
import type { CheckedModel } from './model';
import { batchCut, type Reference } from './recorded';

const rowsOfBatch = 4;
/** Losses up to here are held to the tolerance of a single forward pass. */
const earlySteps = 10;

/** Trains `model`, whose weights must lie in `session`. */
export async function checkCurve(
  session: Session,
  model: CheckedModel,
  { expected }: Reference,
  entries: Entries,
): Promise<void> {
  const training = expected.at('training');
  if (!training.exists) return;
  const curve = training.at('curve');
  const number = (name: string): number => curve.at(name).number();
  const texts = training.at('texts').texts();
  const tokens = model.tokens(texts, batchCut(expected));
  const labels = training.at('labels').list();
  const batchOf = (step: number) => {
    const batches = texts.length / rowsOfBatch;
    const rows = Array.from({ length: rowsOfBatch }, (_, i) => rowsOfBatch * (step % batches) + i);
    const given = rows.flatMap((row) => (model.shape.severalLabels ? labels[row]!.numbers() : [labels[row]!.number()]));
    const { sizes, inputs } = model.batch(tokens, rows);
    return { sizes, inputs: { ...inputs, ...model.targets(given) } };
  };
  const [first = 0.9, second = 0.999] = curve.at('betas').numbers();
  const stepper = createStepper(session, {
    parameters: model.parameters,
    seed: 0,
    optimizer: { name: 'adamw', weightDecay: number('weightDecay'), betas: [first, second], epsilon: number('eps') },
    clip: { norm: number('maxGradNorm') },
    loss: (c) => model.loss(c),
  });
  const steps = number('steps');
  const rates: number[] = [];
  for (let step = 0; step < steps; step++) {
    const rate = number('lr') * scheduleFactor({ name: 'linear', warmup: number('warmupSteps'), total: steps }, step);
    rates.push(rate);
    const { sizes, inputs } = batchOf(step);
    await stepper.run([inputs], { sizes, learningRate: rate });
  }
  const records = await stepper.metrics();
  const losses = curve.at('loss').numbers();
  const norms = curve.at('gradNorm').numbers();
  entries.near('learning rates', rates, curve.at('lrs').numbers(), tolerances.forward);
  for (let step = 0; step < steps; step++) {
    const tolerance = step < earlySteps ? tolerances.forward : tolerances.laterLoss;
    entries.near(`loss of step ${step}`, [records[step]?.loss ?? Number.NaN], [losses[step]!], tolerance);
    const norm = records[step]?.gradientNorm ?? Number.NaN;
    entries.near(`gradient norm of step ${step}`, [norm], [norms[step]!], tolerances.norm);
  }
  await stepper.dispose();

  const asked = createGradients(session, { parameters: model.parameters, loss: (c) => model.loss(c) });
  const { sizes, inputs } = batchOf(0);
  const { loss } = await asked.at(inputs, sizes);
  await asked.dispose();
  entries.near('loss of batch 0 after training', [loss], [number('finalLossOnBatch0')], tolerances.laterLoss);

  const skipped = new Set(curve.at('oneUlp').at('doNotCompareElementwise').texts());
  const after = model.named(await model.parameters.read(session));
  for (const [name, weight] of curve.at('after').entries()) {
    if (skipped.has(name)) continue;
    const data = after[name]?.data ?? [];
    const length = weight.at('l2').number();
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i]!;
    // The sum may be near zero, so both are measured by the length.
    const wanted = [length, weight.at('sum').number()];
    entries.near(`weights after training: ${name}`, [normOf(data), sum], wanted, tolerances.laterLoss, length);
  }
}
