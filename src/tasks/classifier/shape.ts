// Sizes of the network and the names of its dense weights, as they are stored and taken away.

export interface Shape {
  vectorSize: number;
  /** 0: no hidden layer. */
  hiddenSize: number;
  labels: number;
  multiLabel: boolean;
  /** Dimensions of the word-pieces' vectors beside the features; absent or 0 without a base. */
  baseSize?: number;
}

/** Dense weights by name, row-major. */
export type Dense = Record<string, Float32Array>;

export const tableName = 'embedding.weight';
/** Learned rows of the base's word-pieces. */
export const piecesName = 'pieces.weight';

/** Numbers of a text's vector. */
export const textSize = ({ vectorSize, baseSize = 0 }: Pick<Shape, 'vectorSize' | 'baseSize'>): number =>
  vectorSize + baseSize;

/** Names and shapes of the dense weights, as they are stored. */
export function denseShapes({ hiddenSize, labels, ...sizes }: Shape): [name: string, shape: number[]][] {
  const inputs = textSize(sizes);
  if (hiddenSize === 0)
    return [
      ['output.weight', [inputs, labels]],
      ['output.bias', [labels]],
    ];
  return [
    ['hidden.weight', [inputs, hiddenSize]],
    ['hidden.bias', [hiddenSize]],
    ['output.weight', [hiddenSize, labels]],
    ['output.bias', [labels]],
  ];
}
