// Takes an intent model away as JSON with two scripts that answer with it. The scripts are files of their own
// (export/), written again in plain code, so that what is taken away depends on nothing here.
import { UnsupportedError } from '../../contract/errors';
import type { TensorMap } from '../../contract/records';
import type { TaskTraining } from '../task';
import predictMjs from './export/predict.mjs?raw';
import predictPy from './export/predict.py?raw';
import { checkMeta, unpackModel } from './weights';

const about = [
  'An intent model: one label a text. Answers as predict.mjs and predict.py beside this file compute them.',
  '1. Lower-case the text. For each vectoriser count its n-grams: analyzer "word": runs of ngramRange words, joined by one space, a word being two or more letters, digits or underscores; "char_wb": runs of ngramRange characters inside each word with one space on either side.',
  '2. Weight of a known term: count (or 1 + ln count with sublinearTf) * idf. Scale the vectoriser\'s weights to Euclidean length 1. Feature number: place in "terms", counted on through the vectorisers.',
  '3. decisions = intercepts; for each feature f with weight w, for j from offsets[f] to offsets[f + 1]: decisions[columns[j]] += w * values[j]. Column = member * outputs + output.',
  '4. Per member: calibrate each decision d: sigmoid p = 1 / (1 + exp(a d + b)), isotonic by linear interpolation in (x, y), flat outside, or none. Divide by the sum (all zero: uniform); without calibration softmax. With two classes there is one output, p of the second class.',
  '5. Mean over members; then p^(1/temperature), divided by the sum. Class c is labels[classes[c]]; other labels get 0.',
  'offsets: int32, columns: uint16, values: float32; little-endian, base64.',
];

export const exportFiles: TaskTraining['exportFiles'] = async (format, weights, model) => {
  if (format !== 'json')
    throw new UnsupportedError(`An intent model can be taken away as json; "${format}" is not one of its formats.`);
  const { tensors } = weights;
  const meta = checkMeta(weights.meta);
  const parts = unpackModel(tensors, weights.meta);
  const json = {
    format: 'trainyard-intent',
    version: 1,
    about,
    name: model.name,
    modelVersion: model.version,
    labels: model.labels,
    classes: parts.classes,
    vectorisers: parts.features.vectorisers.map((vectoriser) => ({
      analyzer: vectoriser.options.analyzer,
      ngramRange: vectoriser.options.ngramRange,
      sublinearTf: vectoriser.options.sublinearTf,
      terms: vectoriser.terms,
      idf: [...vectoriser.idf],
    })),
    members: parts.members,
    outputs: parts.outputs,
    intercepts: [...parts.coefficients.intercepts],
    coefficients: {
      offsets: base64(littleEndianOf(tensors, 'coefficients.offsets')),
      columns: base64(littleEndianOf(tensors, 'coefficients.columns')),
      values: base64(littleEndianOf(tensors, 'coefficients.values')),
    },
    calibration: calibrationOf(parts.calibration, parts.calibrators),
    temperature: parts.temperature,
    notes: meta.notes,
  };
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return [
    { path: 'model.json', bytes: encode(JSON.stringify(json)) },
    { path: 'predict.mjs', bytes: encode(predictMjs) },
    { path: 'predict.py', bytes: encode(predictPy) },
  ];
};

function calibrationOf(
  kind: 'sigmoid' | 'isotonic' | 'none',
  calibrators: ReturnType<typeof unpackModel>['calibrators'],
): object {
  if (kind === 'none') return { kind };
  if (kind === 'sigmoid')
    return { kind, sigmoids: calibrators.flatMap((one) => (one.kind === 'sigmoid' ? [[one.a, one.b]] : [])) };
  const curves = calibrators.flatMap((one) => (one.kind === 'isotonic' ? [{ x: [...one.x], y: [...one.y] }] : []));
  return { kind, curves };
}

/** Every machine that runs a browser today stores numbers the little-endian way, and so do the scripts' readers. */
function littleEndianOf(tensors: TensorMap, name: string): Uint8Array {
  const { data } = tensors[name]!;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  // Multiples of three, so that the parts join without padding between them.
  for (let at = 0; at < bytes.length; at += 24576)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 24576))));
  return parts.join('');
}
