// An intent model as stored: named arrays and a description in JSON. The one place that knows this layout; the
// exported model.json holds the same arrays (export.ts).
import { FormatError } from '../../contract/errors';
import type { TensorMap, TensorRecord } from '../../contract/records';
import type { Calibrator } from '../../../workers/kernels/linear/calibration';
import { TfidfVectoriser, type TfidfOptions } from '../../../workers/kernels/linear/tfidf';
import type { IntentParts } from './model';
import { TextFeatures } from './text-features';

export const layoutVersion = 1;

export interface IntentMeta {
  format: 'trainyard-intent';
  layout: number;
  vectorisers: TfidfOptions[];
  members: number;
  outputs: number;
  classes: number[];
  calibration: IntentParts['calibration'];
  temperature: number;
  notes: string[];
}

const float64 = (data: Float64Array): TensorRecord => ({ shape: [data.length], dtype: 'float64', data });
const int32 = (data: Int32Array): TensorRecord => ({ shape: [data.length], dtype: 'int32', data });
const uint8 = (data: Uint8Array): TensorRecord => ({ shape: [data.length], dtype: 'uint8', data });

export function packModel(parts: IntentParts, notes: string[]): { tensors: TensorMap; meta: Record<string, unknown> } {
  const { coefficients, features } = parts;
  const { values } = coefficients;
  const tensors: TensorMap = {
    'coefficients.offsets': int32(coefficients.offsets),
    'coefficients.columns': uint8(littleEndian16(coefficients.columns)),
    'coefficients.values': { shape: [values.length], dtype: 'float32', data: values },
    intercepts: float64(coefficients.intercepts),
  };
  features.vectorisers.forEach((vectoriser, i) => {
    // No term holds a line break: words have none, and characters are read inside words.
    tensors[`terms.${i}`] = uint8(new TextEncoder().encode(vectoriser.terms.join('\n')));
    tensors[`idf.${i}`] = float64(vectoriser.idf);
  });
  if (parts.calibration === 'sigmoid')
    tensors['sigmoids'] = float64(Float64Array.from(parts.calibrators.flatMap((one) => sigmoidOf(one))));
  if (parts.calibration === 'isotonic') {
    const curves = parts.calibrators.filter((one) => one.kind === 'isotonic');
    const offsets = new Int32Array(curves.length + 1);
    curves.forEach((curve, i) => (offsets[i + 1] = offsets[i]! + curve.x.length));
    tensors['isotonic.offsets'] = int32(offsets);
    tensors['isotonic.x'] = float64(Float64Array.from(curves.flatMap((curve) => [...curve.x])));
    tensors['isotonic.y'] = float64(Float64Array.from(curves.flatMap((curve) => [...curve.y])));
  }
  const meta: IntentMeta = {
    format: 'trainyard-intent',
    layout: layoutVersion,
    vectorisers: features.vectorisers.map((vectoriser) => vectoriser.options),
    members: parts.members,
    outputs: parts.outputs,
    classes: parts.classes,
    calibration: parts.calibration,
    temperature: parts.temperature,
    notes,
  };
  return { tensors, meta: { ...meta } };
}

/** Throws FormatError where the stored arrays are not an intent model of a layout this build reads. */
export function unpackModel(tensors: TensorMap, stored: Record<string, unknown>): IntentParts {
  const meta = checkMeta(stored);
  const vectorisers = meta.vectorisers.map((options, i) => {
    const joined = new TextDecoder().decode(bytesOf(tensors, `terms.${i}`));
    return new TfidfVectoriser(options, joined === '' ? [] : joined.split('\n'), doublesOf(tensors, `idf.${i}`));
  });
  return {
    features: new TextFeatures(vectorisers),
    coefficients: {
      offsets: integersOf(tensors, 'coefficients.offsets'),
      columns: fromLittleEndian16(bytesOf(tensors, 'coefficients.columns')),
      values: floatsOf(tensors, 'coefficients.values'),
      intercepts: doublesOf(tensors, 'intercepts'),
    },
    members: meta.members,
    outputs: meta.outputs,
    classes: meta.classes,
    calibration: meta.calibration,
    calibrators: calibratorsOf(tensors, meta),
    temperature: meta.temperature,
  };
}

export function checkMeta(stored: Record<string, unknown>): IntentMeta {
  if (stored['format'] !== 'trainyard-intent') throw new FormatError('These weights are not of an intent model.');
  if (stored['layout'] !== layoutVersion)
    throw new FormatError(
      `This intent model has layout ${String(stored['layout'])}; this build reads layout ${layoutVersion}. Reload to update, or train it again.`,
    );
  return stored as Record<string, unknown> & IntentMeta;
}

function calibratorsOf(tensors: TensorMap, meta: IntentMeta): Calibrator[] {
  if (meta.calibration === 'none') return [];
  const count = meta.members * meta.outputs;
  if (meta.calibration === 'sigmoid') {
    const pairs = doublesOf(tensors, 'sigmoids');
    return Array.from({ length: count }, (_, i) => ({ kind: 'sigmoid', a: pairs[2 * i]!, b: pairs[2 * i + 1]! }));
  }
  const offsets = integersOf(tensors, 'isotonic.offsets');
  const x = doublesOf(tensors, 'isotonic.x');
  const y = doublesOf(tensors, 'isotonic.y');
  return Array.from({ length: count }, (_, i) => ({
    kind: 'isotonic',
    x: x.subarray(offsets[i], offsets[i + 1]),
    y: y.subarray(offsets[i], offsets[i + 1]),
  }));
}

const sigmoidOf = (calibrator: Calibrator): number[] =>
  calibrator.kind === 'sigmoid' ? [calibrator.a, calibrator.b] : [0, 0];

function littleEndian16(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    bytes[2 * i] = values[i]! & 0xff;
    bytes[2 * i + 1] = values[i]! >>> 8;
  }
  return bytes;
}
function fromLittleEndian16(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! | (bytes[2 * i + 1]! << 8));
}

function tensorOf(tensors: TensorMap, name: string): TensorRecord['data'] {
  const found = tensors[name];
  if (!found) throw new FormatError(`The weights of this intent model lack "${name}". Train it again.`);
  return found.data;
}
function wrong(name: string): FormatError {
  return new FormatError(`"${name}" in the weights of this intent model is of the wrong kind. Train it again.`);
}
function bytesOf(tensors: TensorMap, name: string): Uint8Array {
  const data = tensorOf(tensors, name);
  if (data instanceof Uint8Array) return data;
  throw wrong(name);
}
export function doublesOf(tensors: TensorMap, name: string): Float64Array {
  const data = tensorOf(tensors, name);
  if (data instanceof Float64Array) return data;
  throw wrong(name);
}
export function integersOf(tensors: TensorMap, name: string): Int32Array {
  const data = tensorOf(tensors, name);
  if (data instanceof Int32Array) return data;
  throw wrong(name);
}
export function floatsOf(tensors: TensorMap, name: string): Float32Array {
  const data = tensorOf(tensors, name);
  if (data instanceof Float32Array) return data;
  throw wrong(name);
}
