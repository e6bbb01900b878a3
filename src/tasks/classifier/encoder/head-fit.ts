// A head fitted to its optimum on fixed vectors of texts: scikit-learn's LogisticRegression (L2, lbfgs), and for several labels
// one such regression a label. Loss and gradient come from the device, the search is lbfgs.ts. The vectors are not made here.
import type { Device, Session } from '../../../../workers/backends/device';
import { binaryCrossEntropy } from '../../../../workers/kernels/binary-cross-entropy';
import { crossEntropy } from '../../../../workers/kernels/cross-entropy';
import { minimiseAsked, type Minimised, type RememberedStep } from '../../../../workers/kernels/linear/lbfgs';
import { createGradients } from '../../../../workers/ml/gradients';
import { zeros } from '../../../../workers/ml/initialisers';
import { linear } from '../../../../workers/ml/layers/linear';
import { Parameters } from '../../../../workers/ml/parameters';
import type { StepInputs } from '../../../../workers/ml/step-context';
import type { TensorMap } from '../../../contract/records';
import { fittedHead } from './network';

export interface HeadData {
  /** [rows, dimensions] */
  vectors: Float32Array;
  dimensions: number;
  labels: number;
  multiLabel: boolean;
}

/** Of each fit: what the rows are, and where to begin. */
export interface FitOptions {
  /** From `targetInputs`: targets, shares that sum to 1, and for several labels their weights. */
  inputs: StepInputs;
  /** Sum of the rows' weights: the penalty is |w|² / (2 C total). */
  total: number;
  C: number;
  /** Weights, then biases; moved in place. Zeros at first, those of the last fit for a warm start. */
  start: Float64Array;
  iterations: number;
  /** Goes on with what the last fit learned of the loss's shape: for rows whose labels changed a little. */
  warm?: boolean;
}

/** The largest entry of the gradient of the mean loss at which a fit is done: scikit-learn's tol. */
const tolerance = 1e-4;
/** Steps that the search remembers, as scipy's. */
const memory = 10;

export class HeadFit {
  readonly words: number;
  readonly rows: number;
  private remembered: RememberedStep[] = [];
  private readonly session: Session;
  private readonly parameters = new Parameters();
  private readonly gradients: ReturnType<typeof createGradients>;

  constructor(
    device: Device,
    private readonly data: HeadData,
  ) {
    const { vectors, dimensions, labels, multiLabel } = data;
    this.rows = vectors.length / dimensions;
    this.words = labels * (dimensions + 1);
    const layer = linear(this.parameters, fittedHead, { inputs: dimensions, outputs: labels, initialiser: zeros });
    this.parameters.declare('vectors', [this.rows, dimensions], { initialiser: zeros, group: 'frozen' });
    this.session = device.session();
    this.place(vectors);
    this.gradients = createGradients(this.session, {
      parameters: this.parameters,
      of: (name) => name.startsWith(fittedHead),
      loss: (c) => {
        const logits = layer(c, c.weight('vectors'));
        const sampleWeights = c.input('shares', [this.rows]);
        if (!multiLabel)
          return crossEntropy(logits, c.input('targets', [this.rows], 'int32'), { sampleWeights, reduction: 'sum' })
            .loss;
        const targets = c.input('targets', [this.rows, labels]);
        const posWeight = c.input('posWeight', [labels]);
        return binaryCrossEntropy(logits, targets, { posWeight, sampleWeights, reduction: 'sum' }).loss;
      },
    });
  }

  /** Other vectors in the place of the first ones, [rows, dimensions]. */
  place(vectors: Float32Array): void {
    const shape = [this.rows, this.data.dimensions];
    this.parameters.write(this.session, { vectors: { shape, dtype: 'float32', data: vectors } });
  }

  /** Goes on from `start` for some iterations, or to the optimum. */
  fit({ inputs, total, C, start, iterations, warm = false }: FitOptions): Promise<Minimised> {
    const { labels, dimensions, multiLabel } = this.data;
    const strength = 1 / (C * total);
    // The kernel gives the mean over labels; each is a regression of its own here.
    const factor = multiLabel ? labels : 1;
    const penalised = labels * dimensions;
    const evaluate = async (at: Float64Array, gradient: Float64Array): Promise<number> => {
      this.parameters.write(this.session, headTensors(at, labels, dimensions));
      const found = await this.gradients.at(inputs);
      const weights = found.parameters[`${fittedHead}.weight`]!.data;
      const biases = found.parameters[`${fittedHead}.bias`]!.data;
      let penalty = 0;
      for (let i = 0; i < penalised; i++) {
        const value = at[i]!;
        penalty += value * value;
        gradient[i] = factor * weights[i]! + strength * value;
      }
      for (let i = 0; i < labels; i++) gradient[penalised + i] = factor * biases[i]!;
      return factor * found.loss + 0.5 * strength * penalty;
    };
    if (!warm) this.remembered = [];
    return minimiseAsked(start, evaluate, { iterations, tolerance, memory, remembered: this.remembered });
  }

  /** Bytes held on the device. */
  bytes(): number {
    return this.session.bytes();
  }

  dispose(): void {
    this.session.dispose();
  }
}

/** Weights [labels, dimensions], then biases, as the parameters of the head. */
export function headTensors(values: Float64Array, labels: number, dimensions: number): TensorMap {
  const weights = Float32Array.from(values.subarray(0, labels * dimensions));
  return {
    [`${fittedHead}.weight`]: { shape: [labels, dimensions], dtype: 'float32', data: weights },
    [`${fittedHead}.bias`]: {
      shape: [labels],
      dtype: 'float32',
      data: Float32Array.from(values.subarray(labels * dimensions)),
    },
  };
}
