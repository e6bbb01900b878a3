// WebGPU forbids that one buffer is both read-only and writable in a dispatch, also where the parts do not touch, as
// two views of a slab may be. Where they do not touch, the readers are bound as writable too; where they do, the reader
// gets a copy. Pure: decides, changes the shader's text, touches no buffer.

/** One argument of a dispatch: which buffer (any identity) and which bytes of it. */
export interface BoundRange {
  buffer: object;
  offset: number;
  size: number;
}

export interface Aliasing {
  wgsl: string;
  /** Arguments that must be copied to a buffer of their own before the dispatch. */
  copies: number[];
}

const declaration = (binding: number): RegExp =>
  new RegExp(`(@binding\\(\\s*${binding}u?\\s*\\)[^;]*?var<\\s*storage)(?:\\s*,\\s*(read|write|read_write))?\\s*>`);

/** Whether the shader declares a binding as writable. Throws RangeError where it does not declare it. */
export function isWritten(wgsl: string, binding: number): boolean {
  const found = declaration(binding).exec(wgsl);
  if (!found) throw new RangeError(`The shader does not declare binding ${binding}.`);
  return found[2] === 'read_write' || found[2] === 'write';
}

const overlap = (a: BoundRange, b: BoundRange): boolean =>
  a.buffer === b.buffer && a.offset < b.offset + b.size && b.offset < a.offset + a.size;

/** Throws RangeError where two writable arguments overlap: no copy could tell which one counts. */
export function resolveAliasing(wgsl: string, ranges: readonly BoundRange[]): Aliasing {
  const written = ranges.map((_, binding) => isWritten(wgsl, binding));
  const copies: number[] = [];
  let text = wgsl;
  ranges.forEach((range, binding) => {
    const rivals = ranges.filter(
      (other, index) => index !== binding && written[index] && other.buffer === range.buffer,
    );
    const touching = rivals.some((other) => overlap(range, other));
    if (written[binding]) {
      if (touching && ranges.some((other, index) => index !== binding && written[index] && overlap(range, other)))
        throw new RangeError(`The shader writes one array through two bindings (${binding} is one).`);
      return;
    }
    if (touching) copies.push(binding);
    else if (rivals.length > 0) text = text.replace(declaration(binding), '$1, read_write>');
  });
  return { wgsl: text, copies };
}
