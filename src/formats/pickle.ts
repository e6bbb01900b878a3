// Python pickles as data: values of a closed list, and calls kept as what they are (a name and its arguments), never made.
// What a program could hide behind is refused by name. Enough for the state dictionaries of PyTorch; not a Python.
import { FormatError, LimitError } from '../contract/errors';

export type PickleValue =
  null | boolean | number | string | PickleValue[] | PickleDict | PickleGlobal | PickleCall | PicklePersistent;

/** A dictionary; keys in their order. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}
/** A name of Python's, "module.name"; one of the allowed. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}
/** What calling a name would have made. */
export class PickleCall {
  constructor(
    readonly name: string,
    readonly args: PickleValue[],
  ) {}
}
/** What the file's own reader knows by this id. */
export class PicklePersistent {
  constructor(readonly id: PickleValue) {}
}

const mark = Symbol('mark');

/** Of the pickle alone; the numbers lie beside it. Large models have some hundred kilobytes. */
export const mostPickleBytes = 64 * 1024 * 1024;
/** A byte can make an object of hundreds; the largest models need some ten thousand instructions. */
const mostInstructions = 1_000_000;

/** FormatError where it is broken, or names something that is not in `allowed` ("module.name"); LimitError where it is too long. */
export function readPickle(bytes: Uint8Array, allowed: ReadonlySet<string>): PickleValue {
  if (bytes.length > mostPickleBytes)
    throw new LimitError(`Its list of contents has ${bytes.length} bytes; that is no model.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: (PickleValue | typeof mark)[] = [];
  const memo = new Map<number, PickleValue>();
  let at = 0;

  const take = (count: number): number => {
    if (count < 0 || at + count > bytes.length) throw broken('it ends in the middle');
    at += count;
    return at - count;
  };
  const text = (length: number): string => {
    const from = take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, from + length));
    } catch {
      throw broken('a name in it is no text');
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw broken('it ends in the middle');
    const found = text(end - at);
    at = end + 1;
    return found;
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === mark) throw broken('its stack is empty');
    return value;
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const sinceMark = (): PickleValue[] => {
    const from = stack.findLastIndex((value) => value === mark);
    if (from < 0) throw broken('a mark is missing');
    return stack.splice(from).slice(1) as PickleValue[];
  };
  const global = (module: string, name: string): PickleGlobal => {
    const whole = `${module}.${name}`;
    if (allowed.has(whole)) return new PickleGlobal(whole);
    throw new FormatError(
      `It asks Python to run "${whole}", which is no part of weights: it is not run here, and should not be anywhere. Take a model.safetensors instead.`,
    );
  };
  const setItems = (items: PickleValue[]): void => {
    const target = top();
    const into = target instanceof PickleDict ? target : null;
    if (!into || items.length % 2 === 1) throw broken('it sets entries of what is no dictionary');
    for (let i = 0; i < items.length; i += 2) into.entries.set(items[i]!, items[i + 1]!);
  };
  const append = (items: PickleValue[]): void => {
    const target = top();
    if (!Array.isArray(target)) throw broken('it appends to what is no list');
    for (const item of items) target.push(item);
  };
  const remembered = (id: number): PickleValue => {
    const value = memo.get(id);
    if (value === undefined) throw broken('it recalls what it never kept');
    return value;
  };
  /** Whole numbers beyond 2^53 stand for no size or place. */
  const long = (length: number): number => {
    if (length > 8) throw broken('a number has too many bytes');
    const from = take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]!);
    const signed = Number(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
    if (!Number.isSafeInteger(signed)) throw broken('a number is too large');
    return signed;
  };

  for (let done = 0; ; done++) {
    if (done === mostInstructions)
      throw new LimitError(`Its list of contents has more than ${mostInstructions} entries; that is no model.`);
    const code = bytes[take(1)]!;
    switch (code) {
      case 0x80: // PROTO
        if (bytes[take(1)]! > 5) throw broken('its version is unknown');
        break;
      case 0x95: // FRAME
        take(8);
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        stack.push(mark);
        break;
      case 0x30: // POP
        stack.pop();
        break;
      case 0x4e:
        stack.push(null);
        break;
      case 0x88:
        stack.push(true);
        break;
      case 0x89:
        stack.push(false);
        break;
      case 0x4b: // BININT1
        stack.push(bytes[take(1)]!);
        break;
      case 0x4d: // BININT2
        stack.push(view.getUint16(take(2), true));
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(take(4), true));
        break;
      case 0x8a: // LONG1
        stack.push(long(bytes[take(1)]!));
        break;
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(take(8), false));
        break;
      case 0x58: // BINUNICODE
        stack.push(text(view.getUint32(take(4), true)));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text(bytes[take(1)]!));
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new PickleDict());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        break;
      case 0x74: // TUPLE
        stack.push(sinceMark());
        break;
      case 0x85:
        stack.push([pop()]);
        break;
      case 0x86:
        stack.push([pop(), pop()].reverse());
        break;
      case 0x87:
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case 0x71: // BINPUT
        memo.set(bytes[take(1)]!, top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(view.getUint32(take(4), true), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x68: // BINGET
        stack.push(remembered(bytes[take(1)]!));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(remembered(view.getUint32(take(4), true)));
        break;
      case 0x63: // GLOBAL
        stack.push(global(line(), line()));
        break;
      case 0x93: {
        const name = pop();
        stack.push(global(String(pop()), String(name)));
        break;
      }
      case 0x51: // BINPERSID
        stack.push(new PicklePersistent(pop()));
        break;
      case 0x81: // NEWOBJ
      case 0x52: {
        const args = pop();
        const callee = pop();
        if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) throw broken('it calls what is no name');
        stack.push(callee.name === 'collections.OrderedDict' ? new PickleDict() : new PickleCall(callee.name, args));
        break;
      }
      case 0x62: // BUILD: attributes of an object, such as the versions a state dictionary carries
        pop();
        break;
      case 0x73: {
        const value = pop();
        setItems([pop(), value]);
        break;
      }
      case 0x75:
        setItems(sinceMark());
        break;
      case 0x61:
        append([pop()]);
        break;
      case 0x65:
        append(sinceMark());
        break;
      default:
        throw broken(`it has an instruction that weights do not need (${code})`);
    }
  }
}

function broken(what: string): FormatError {
  return new FormatError(`Its list of contents cannot be read: ${what}.`);
}
