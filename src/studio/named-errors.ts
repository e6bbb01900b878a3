// Every error that leaves the facade carries one of the named classes. Named ones pass as they are; whatever else
// turns up (a data base answer, a browser's refusal, a defect) is named by the area it came from, cause kept.
import {
  AbortError,
  DatasetError,
  DeviceError,
  FormatError,
  isStudioError,
  RecipeError,
  StorageError,
  StudioError,
} from '../contract/errors';
import { asStorageError } from '../storage/transact';

type Name = (cause: unknown, reason: string) => Error;

const byArea: Readonly<Record<string, Name>> = {
  datasets: (cause, reason) => new DatasetError(`The data could not be handled: ${reason}`, { cause }),
  train: (cause, reason) => new DeviceError(`The run failed: ${reason}`, { cause }),
  runs: (cause, reason) => new RecipeError(`The run could not be handled: ${reason}`, { cause }),
  models: (cause, reason) => new DeviceError(`The model could not answer: ${reason}`, { cause }),
  engine: (cause, reason) => new DeviceError(`The engine could not answer: ${reason}`, { cause }),
};

/** The error as a caller may see it. `area` is the facade's namespace or method. */
export function namedError(error: unknown, area: string): Error {
  if (error instanceof StudioError) return error;
  if (error instanceof Error || isDomException(error)) {
    if (error.name === 'AbortError') return new AbortError(undefined, { cause: error });
    if (isStudioError(error)) return error;
    if (error.name === 'QuotaExceededError' || error.name === 'TransactionInactiveError') return asStorageError(error);
    if (error.name === 'NotReadableError')
      return new FormatError(
        'A file that was given cannot be read any more: it was changed or moved meanwhile. Give it again.',
        { cause: error },
      );
    if (error.name === 'DataCloneError')
      return new FormatError(`Only plain values, files and blobs can be given to the studio (${error.message}).`, {
        cause: error,
      });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const name = byArea[area];
  return name ? name(error, reason) : new StorageError(`The studio could not do that: ${reason}`, { cause: error });
}

function isDomException(error: unknown): error is DOMException {
  return typeof DOMException !== 'undefined' && error instanceof DOMException;
}

/** Methods that answer at once instead of with a promise. */
const synchronous: ReadonlySet<string> = new Set(['samples', 'tasks', 'onChange', 'watch', 'subscribe']);

/**
 * The same facade, with every method's refusal named and told to `notice`. A method that throws before its first
 * await rejects.
 */
export function withNamedErrors<T extends object>(facade: T, notice: (error: Error) => void, area = ''): T {
  const seen = new Map<PropertyKey, unknown>();
  return new Proxy(facade, {
    get(target, key, receiver): unknown {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || (typeof value !== 'function' && !isNamespace(value))) return value;
      if (!seen.has(key))
        seen.set(
          key,
          typeof value === 'function' ? guard(value, key, area || key) : withNamedErrors(value, notice, key),
        );
      return seen.get(key);
    },
  });

  function guard(method: CallableFunction, key: string, where: string): (...values: unknown[]) => unknown {
    return (...values) => {
      let answer: unknown;
      try {
        answer = Reflect.apply(method, facade, values);
      } catch (error) {
        if (synchronous.has(key)) throw namedError(error, where);
        return Promise.reject(refused(error, where));
      }
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((error: unknown) => {
        throw refused(error, where);
      });
    };
  }
  function refused(error: unknown, where: string): Error {
    const named = namedError(error, where);
    notice(named);
    return named;
  }
}

function isNamespace(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
