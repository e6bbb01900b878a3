// The static encoder: what it reads and refuses, its two ways to vectors, and that it can be trained.
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../src/formats/safetensors';
import { FormatError } from '../../../src/contract/errors';
import { openCpuDevice } from '../../backends/cpu-device';
import { mean } from '../../kernels/sum';
import { multiply } from '../../kernels/arithmetic';
import { Parameters } from '../parameters';
import { createStepper } from '../step';
import { createTokenizer } from '../text-tokenizer';
import { openEncoder } from './embed';
import {
  createStaticEncoder,
  quantiseRows,
  readStaticConfig,
  readStaticTable,
  staticConfigJson,
} from './static-encoder';

const vocab = { '[PAD]': 0, '[UNK]': 1, train: 2, station: 3, '##s': 4, the: 5 };
const tokenizer = createTokenizer({
  added_tokens: [],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab,
  },
});
const config = { dimensions: 4, vocabulary: 6, maxLength: 16 };
const floats = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
const encoder = createStaticEncoder(config, quantiseRows(floats, 4), tokenizer);
const texts = ['The train', 'trains, trains and the station', '', 'the'];

describe('the static encoder', () => {
  it('keeps rows in eight bits to half a step', () => {
    const { rows, scales } = quantiseRows(floats, 4);
    floats.forEach((value, i) => {
      const scale = scales[Math.floor(i / 4)]!;
      expect(Math.abs(rows[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
    });
    expect(quantiseRows(new Float32Array(4), 4).scales[0]).toBe(0);
  });

  it('gives the same vectors by a plan and without one', async () => {
    const open = openEncoder(openCpuDevice(), encoder);
    const byPlan = await open.embed(texts);
    const direct = encoder.embed(texts);
    byPlan.forEach((vector, i) => vector.forEach((value, d) => expect(direct[i]![d]).toBeCloseTo(value, 5)));
    expect([...direct[2]!]).toEqual([0, 0, 0, 0]);
    expect(Math.hypot(...direct[1]!)).toBeCloseTo(1, 5);
    open.dispose();
  });

  it('weighs every piece of a text alike', () => {
    const [whole] = encoder.embed(['the station'], { normalise: false });
    const [the, station] = encoder.embed(['the', 'station'], { normalise: false });
    whole!.forEach((value, d) => expect(value).toBeCloseTo((the![d]! + station![d]!) / 2, 5));
  });

  it('learns the rows that a batch touches, and no others', async () => {
    const parameters = new Parameters();
    const net = encoder.declare(parameters);
    const session = openCpuDevice().session();
    const stepper = createStepper(session, {
      parameters,
      seed: 1,
      optimizer: { name: 'adam' },
      loss(c) {
        const { pooled } = net.encode(c);
        return mean(multiply(pooled, pooled));
      },
    });
    const before = net.weights()['embedding.weight']!.data;
    parameters.write(session, net.weights());
    const { sizes, inputs } = net.batch(encoder.tokenize(texts), [0, 3], 4);
    for (let step = 0; step < 3; step++) await stepper.run([inputs], { sizes, learningRate: 0.01 });
    const after = (await parameters.read(session))['embedding.weight']!.data;
    const changed = [0, 1, 2, 3, 4, 5].filter((row) =>
      [0, 1, 2, 3].some((d) => after[4 * row + d] !== before[4 * row + d]),
    );
    expect(changed).toEqual([vocab.train, vocab.the]);
  });

  it('says what does not fit', () => {
    expect(readStaticConfig(staticConfigJson(config))).toEqual(config);
    expect(() => readStaticConfig({ model_type: 'bert' })).toThrow(FormatError);
    expect(() => readStaticConfig({ ...staticConfigJson(config), vocab_size: 1.5 })).toThrow(/"vocab_size"/);
    const none = readSafetensors(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d));
    expect(() => readStaticTable(none, config)).toThrow(/embedding\.weight/);
    const small = { ...config, vocabulary: 3 };
    expect(() => createStaticEncoder(small, quantiseRows(floats.slice(0, 12), 4), tokenizer)).toThrow(
      /6 pieces.*3 rows/,
    );
  });
});
