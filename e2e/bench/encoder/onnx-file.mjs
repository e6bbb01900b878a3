// A BERT folder's safetensors as an ONNX file in 32 bits, as torch's exporter writes the graph: for the bench beside
// onnxruntime, since the shared folder holds the int8 file only. Not a converter for users.
const utf8 = new TextEncoder();

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// Fields of a protobuf message: whole numbers, and bytes with their length.
const number = (field, value) => joined([varint(field << 3), varint(value)]);
const bytes = (field, value) => joined([varint((field << 3) | 2), varint(value.length), value]);
const text = (field, value) => bytes(field, utf8.encode(value));
const float = (field, value) => joined([varint((field << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)]);

const [floatType, longType] = [1, 7];
const raw = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function tensor(name, shape, data) {
  const type = data instanceof Float32Array ? floatType : longType;
  return joined([...shape.map((size) => number(1, size)), number(2, type), text(8, name), bytes(9, raw(data))]);
}

function value(name, type, shape) {
  const dims = shape.map((size) => bytes(1, typeof size === 'number' ? number(1, size) : text(2, size)));
  return joined([text(1, name), bytes(2, bytes(1, joined([number(1, type), bytes(2, joined(dims))])))]);
}

const attributes = {
  integer: (name, value) => joined([text(1, name), number(3, value), number(20, 2)]),
  real: (name, value) => joined([text(1, name), float(2, value), number(20, 1)]),
  list: (name, values) => joined([text(1, name), ...values.map((one) => number(8, one)), number(20, 7)]),
};

/** `read(name)` → { shape, data: Float32Array } of a tensor; `config` is the folder's config.json. */
export function onnxOfBert(config, read) {
  const {
    hidden_size: hidden,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    layer_norm_eps: epsilon,
  } = config;
  const size = hidden / heads;
  const nodes = [];
  const initializers = [];
  let made = 0;
  const constant = (shape, data) => {
    const name = `c${made++}`;
    initializers.push(tensor(name, shape, data));
    return name;
  };
  const scalar = (one) => constant([], Float32Array.of(one));
  const longs = (values) => constant([values.length], BigInt64Array.from(values, BigInt));
  const weight = (name) => constant(read(name).shape, read(name).data);
  const op = (type, inputs, ...more) => {
    const out = `v${made++}`;
    nodes.push(
      joined([
        ...inputs.map((name) => text(1, name)),
        text(2, out),
        text(3, `${type}_${out}`),
        text(4, type),
        ...more.map((each) => bytes(5, each)),
      ]),
    );
    return out;
  };
  const transposed = (name) => {
    const { shape, data } = read(name);
    const [rows, columns] = shape;
    const turned = Float32Array.from(
      { length: data.length },
      (_, i) => data[(i % rows) * columns + Math.floor(i / rows)],
    );
    return constant([columns, rows], turned);
  };
  const linear = (name, x) => op('Add', [weight(`${name}.bias`), op('MatMul', [x, transposed(`${name}.weight`)])]);
  const norm = (name, x) =>
    op(
      'LayerNormalization',
      [x, weight(`${name}.weight`), weight(`${name}.bias`)],
      attributes.integer('axis', 2),
      attributes.real('epsilon', epsilon),
    );

  const counted = op('CumSum', [
    op(
      'ConstantOfShape',
      [op('Shape', ['input_ids'])],
      joined([text(1, 'value'), bytes(5, tensor('one', [1], BigInt64Array.of(1n))), number(20, 4)]),
    ),
    longs([1]),
  ]);
  const positions = op('Sub', [counted, constant([], BigInt64Array.of(1n))]);
  const gather = (name, ids) => op('Gather', [weight(`embeddings.${name}_embeddings.weight`), ids]);
  const words = op('Add', [gather('word', 'input_ids'), gather('token_type', 'token_type_ids')]);
  let x = norm('embeddings.LayerNorm', op('Add', [words, gather('position', positions)]));

  const mask = op('Cast', ['attention_mask'], attributes.integer('to', floatType));
  const bias = op('Unsqueeze', [op('Mul', [op('Sub', [scalar(1), mask]), scalar(-10000)]), longs([1, 2])]);
  for (let i = 0; i < layers; i++) {
    const layer = `encoder.layer.${i}`;
    const split = (part, order) =>
      op(
        'Transpose',
        [op('Reshape', [linear(`${layer}.attention.self.${part}`, x), longs([0, 0, heads, size])])],
        attributes.list('perm', order),
      );
    const scores = op('MatMul', [split('query', [0, 2, 1, 3]), split('key', [0, 2, 3, 1])]);
    const shares = op(
      'Softmax',
      [op('Add', [op('Div', [scores, scalar(Math.sqrt(size))]), bias])],
      attributes.integer('axis', 3),
    );
    const seen = op(
      'Transpose',
      [op('MatMul', [shares, split('value', [0, 2, 1, 3])])],
      attributes.list('perm', [0, 2, 1, 3]),
    );
    const out = linear(`${layer}.attention.output.dense`, op('Reshape', [seen, longs([0, 0, hidden])]));
    x = norm(`${layer}.attention.output.LayerNorm`, op('Add', [out, x]));
    const up = linear(`${layer}.intermediate.dense`, x);
    const erf = op('Add', [op('Erf', [op('Div', [up, scalar(Math.SQRT2)])]), scalar(1)]);
    const gelu = op('Mul', [op('Mul', [up, erf]), scalar(0.5)]);
    x = norm(`${layer}.output.LayerNorm`, op('Add', [linear(`${layer}.output.dense`, gelu), x]));
  }
  nodes.push(joined([text(1, x), text(2, 'last_hidden_state'), text(4, 'Identity')]));

  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) =>
    bytes(11, value(name, longType, ['batch', 'sequence'])),
  );
  const graph = joined([
    ...nodes.map((node) => bytes(1, node)),
    text(2, 'bert'),
    ...initializers.map((one) => bytes(5, one)),
    ...inputs,
    bytes(12, value('last_hidden_state', floatType, ['batch', 'sequence', hidden])),
  ]);
  return joined([number(1, 8), text(2, 'bench'), bytes(7, graph), bytes(8, number(2, 17))]);
}

/** Tensors of a safetensors file in 32 bits, by name. */
export function safetensorsReader(file) {
  const header = Number(file.readBigUInt64LE(0));
  const entries = JSON.parse(file.subarray(8, 8 + header).toString('utf8'));
  return (name) => {
    const {
      dtype,
      shape,
      data_offsets: [from, to],
    } = entries[name];
    if (dtype !== 'F32') throw new Error(`${name} is ${dtype}`);
    const own = Uint8Array.from(file.subarray(8 + header + from, 8 + header + to));
    return { shape, data: new Float32Array(own.buffer) };
  };
}
