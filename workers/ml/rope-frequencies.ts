// Frequencies and tables of rotary position embedding, by the names and formulas of Hugging Face's configurations
// (transformers, modeling_rope_utils): default, linear, dynamic, llama3, yarn, longrope. Numbers are rounded to float32
// where transformers does, because an error of the last bit grows with the position.

/** `rope_parameters` (earlier `rope_scaling` and `rope_theta`) as they stand in config.json. */
export interface RopeParameters {
  rope_type?: string;
  rope_theta: number;
  factor?: number;
  partial_rotary_factor?: number;
  original_max_position_embeddings?: number;
  low_freq_factor?: number;
  high_freq_factor?: number;
  attention_factor?: number;
  beta_fast?: number;
  beta_slow?: number;
  truncate?: boolean;
  mscale?: number;
  mscale_all_dim?: number;
  short_factor?: readonly number[];
  long_factor?: readonly number[];
}

export interface RopeFrequencies {
  /** Radians a position, [turned / 2]. */
  frequencies: Float32Array;
  /** Cosines and sines are multiplied by it. */
  attentionScaling: number;
}

const round = Math.fround;

/** 1 / base^(2i / dims), each step in float32. */
function plain(base: number, dims: number, divisor: (i: number) => number = () => 1): Float32Array {
  return Float32Array.from({ length: dims / 2 }, (_, i) =>
    round(1 / round(round(divisor(i)) * round(base ** round((2 * i) / dims)))),
  );
}

function needed(parameters: RopeParameters, name: keyof RopeParameters): number {
  const value = parameters[name];
  if (typeof value !== 'number')
    throw new RangeError(`Rope of type "${parameters.rope_type ?? 'default'}" needs a number "${name}".`);
  return value;
}

/**
 * Frequencies for a head of `headDim`. `positions` is how many positions the tables will have: `dynamic` and `longrope`
 * change where it exceeds what the model was trained for (`maxPositions`). Throws RangeError for an unknown type.
 */
export function ropeFrequencies(
  parameters: RopeParameters,
  headDim: number,
  maxPositions: number,
  positions: number,
): RopeFrequencies {
  const dims = Math.trunc(headDim * (parameters.partial_rotary_factor ?? 1));
  const base = parameters.rope_theta;
  const type = parameters.rope_type ?? 'default';
  if (type === 'default') return { frequencies: plain(base, dims), attentionScaling: 1 };
  if (type === 'linear') {
    const factor = needed(parameters, 'factor');
    return { frequencies: plain(base, dims).map((f) => f / factor), attentionScaling: 1 };
  }
  if (type === 'dynamic') {
    const factor = needed(parameters, 'factor');
    const length = Math.max(positions, maxPositions);
    const stretched = base * ((factor * length) / maxPositions - (factor - 1)) ** (dims / (dims - 2));
    return { frequencies: plain(stretched, dims), attentionScaling: 1 };
  }
  if (type === 'llama3') return { frequencies: llama3(parameters, plain(base, dims)), attentionScaling: 1 };
  if (type === 'yarn') return yarn(parameters, dims, maxPositions);
  if (type === 'longrope') return longRope(parameters, dims, maxPositions, positions);
  throw new RangeError(`Rope type "${type}" is not known: default, linear, dynamic, llama3, yarn and longrope are.`);
}

/** Long wave lengths are stretched, short ones kept, those between blended. */
function llama3(parameters: RopeParameters, frequencies: Float32Array): Float32Array {
  const factor = needed(parameters, 'factor');
  const low = needed(parameters, 'low_freq_factor');
  const high = needed(parameters, 'high_freq_factor');
  const original = needed(parameters, 'original_max_position_embeddings');
  return frequencies.map((frequency) => {
    const wave = (2 * Math.PI) / frequency;
    if (wave < original / high) return frequency;
    if (wave > original / low) return frequency / factor;
    const smooth = (original / wave - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** Peng et al., YaRN, 2023. */
function yarn(parameters: RopeParameters, dims: number, maxPositions: number): RopeFrequencies {
  const base = parameters.rope_theta;
  const original = parameters.original_max_position_embeddings ?? maxPositions;
  const factor = parameters.factor ?? maxPositions / original;
  const scale = (by: number, m = 1): number => (by <= 1 ? 1 : 0.1 * m * Math.log(by) + 1);
  const { mscale, mscale_all_dim: mscaleAll } = parameters;
  const attentionScaling =
    parameters.attention_factor ??
    (mscale && mscaleAll ? scale(factor, mscale) / scale(factor, mscaleAll) : scale(factor));
  const at = (turns: number): number => (dims * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const whole = parameters.truncate ?? true;
  const fast = at(parameters.beta_fast ?? 32);
  const slow = at(parameters.beta_slow ?? 1);
  const low = Math.max(whole ? Math.floor(fast) : fast, 0);
  const end = Math.min(whole ? Math.ceil(slow) : slow, dims - 1);
  const high = end === low ? end + 0.001 : end;
  const kept = plain(base, dims);
  const stretched = plain(base, dims, () => factor);
  const frequencies = kept.map((frequency, i) => {
    const own = 1 - Math.min(1, Math.max(0, (i - low) / (high - low)));
    return stretched[i]! * (1 - own) + frequency * own;
  });
  return { frequencies, attentionScaling };
}

/** A factor for each dimension: one list up to the trained length, another beyond (Ding et al., LongRoPE, 2024). */
function longRope(parameters: RopeParameters, dims: number, maxPositions: number, positions: number): RopeFrequencies {
  const original = parameters.original_max_position_embeddings ?? maxPositions;
  const factor = parameters.original_max_position_embeddings ? maxPositions / original : (parameters.factor ?? 1);
  const list = positions > original ? parameters.long_factor : parameters.short_factor;
  if (list?.length !== dims / 2)
    throw new RangeError(`Rope of type "longrope" needs short_factor and long_factor with ${dims / 2} numbers each.`);
  return {
    frequencies: plain(parameters.rope_theta, dims, (i) => list[i]!),
    attentionScaling:
      parameters.attention_factor ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original))),
  };
}

/** cos and sin [positions, turned / 2] for the positions 0, 1, 2 …: inputs of the kernel Rope. */
export function ropeTables(
  { frequencies, attentionScaling }: RopeFrequencies,
  positions: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = frequencies.length;
  const table = (of: (angle: number) => number): Float32Array =>
    Float32Array.from(
      { length: positions * half },
      (_, i) => round(of(round(Math.floor(i / half) * frequencies[i % half]!))) * attentionScaling,
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
