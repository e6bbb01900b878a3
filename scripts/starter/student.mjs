// The student: a table of word-piece vectors that begins with the teacher's vectors of single pieces and learns from its
// vectors of texts, by cosine. A loss on how alike texts are to one another made it worse on texts held out. Pieces that no
// text shows keep what they began with.
import { Rng } from '../../src/lib/rng';
import { scale } from '../../workers/kernels/scale';
import { mean } from '../../workers/kernels/sum';
import { createStaticEncoder, quantiseRows } from '../../workers/ml/encoder/static-encoder';
import { rowCosine } from '../../workers/ml/loss';
import { Parameters } from '../../workers/ml/parameters';
import { createStepper } from '../../workers/ml/step';

const tableName = 'embedding.weight';
const orderStream = 0x57a2;

/**
 * Vectors of single pieces, scaled by how rare they are: log(1 + rank) over the teacher's vocabulary, which has the most
 * frequent first (Zipf's law; Model2Vec). What comes before the words has the smallest weight.
 */
export function weighByRank(vectors, dimensions, firstWord) {
  const count = vectors.length / dimensions;
  const most = Math.log(count);
  let length = 0;
  for (let r = 0; r < count; r++)
    length += Math.hypot(...vectors.subarray(r * dimensions, (r + 1) * dimensions)) / count;
  const out = new Float32Array(vectors.length);
  for (let r = 0; r < count; r++) {
    const factor = Math.log(1 + Math.max(1, r - firstWord + 1)) / most / length;
    for (let at = r * dimensions; at < (r + 1) * dimensions; at++) out[at] = vectors[at] * factor;
  }
  return out;
}

/**
 * @param {{ device: import('../../workers/backends/device').Device, config: import('../../workers/ml/encoder/static-encoder').StaticConfig,
 *   tokenizer: import('../../workers/ml/text-tokenizer').TextTokenizer, start: Float32Array,
 *   tokens: import('../../workers/ml/encoder/tokens').Tokenized, targets: Float32Array, rows: Int32Array,
 *   epochs: number, batch: number, learningRate: number, seed: number,
 *   told: (line: string) => void }} options `rows` are the texts learned from; `targets` [texts, dimensions] of unit length
 * @returns {Promise<Float32Array>} the table
 */
export async function train({ device, config, tokenizer, start, tokens, targets, rows, ...settings }) {
  const { epochs, batch, learningRate, seed, told } = settings;
  const { dimensions, vocabulary } = config;
  const encoder = createStaticEncoder(config, quantiseRows(start, dimensions), tokenizer);
  const parameters = new Parameters();
  const net = encoder.declare(parameters);
  const session = device.session();
  const stepper = createStepper(session, {
    parameters,
    seed,
    optimizer: { name: 'adam', betas: [0.9, 0.99] },
    loss(c) {
      const teacher = c.input('targets', [batch, dimensions]);
      return scale(mean(rowCosine(net.encode(c).pooled, teacher)), -1, 1);
    },
  });
  parameters.write(session, { [tableName]: { shape: [vocabulary, dimensions], dtype: 'float32', data: start } });

  const perEpoch = Math.floor(rows.length / batch);
  const chosen = new Float32Array(batch * dimensions);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = new Rng(seed, orderStream + epoch).shuffle(rows.slice());
    let loss = 0;
    for (let step = 0; step < perEpoch; step++) {
      const some = order.subarray(step * batch, (step + 1) * batch);
      some.forEach((row, i) => chosen.set(targets.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions));
      const { sizes, inputs } = net.batch(tokens, some);
      const left = 1 - (epoch * perEpoch + step) / (epochs * perEpoch);
      await stepper.run([{ ...inputs, targets: chosen }], { sizes, learningRate: learningRate * left });
      if (step % 50 === 49 || step === perEpoch - 1)
        for (const record of await stepper.metrics()) loss += record.loss / perEpoch;
    }
    told(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`);
  }
  const { [tableName]: trained } = await parameters.read(session);
  await stepper.dispose();
  session.dispose();
  return trained.data;
}
