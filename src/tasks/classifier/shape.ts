// Sizes of the network and the names of its dense weights, as they are stored and taken away.

export interface Shape {
  vectorSize: number;
  /** 0: no hidden layer. */
  hiddenSize: number;
  labels: number;
  multiLabel: boolean;
}

/** Dense weights by name, row-major. */
export type Dense = Record<string, Float32Array>;

export const tableName = 'embedding.weight';

/** Names and shapes of the dense weights, as they are stored. */
export function denseShapes({ vectorSize, hiddenSize, labels }: Shape): [name: string, shape: number[]][] {
  if (hiddenSize === 0)
    return [
      ['output.weight', [vectorSize, labels]],
      ['output.bias', [labels]],
    ];
  return [
    ['hidden.weight', [vectorSize, hiddenSize]],
    ['hidden.bias', [hiddenSize]],
    ['output.weight', [hiddenSize, labels]],
    ['output.bias', [labels]],
  ];
}
