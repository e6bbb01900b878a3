// The named errors a caller may see. Comlink and structured clone keep name, message and stack only, so
// errors are matched by `name`, never by class, and every refusal is one of these.

export const errorNames = [
  'DatasetError',
  'RecipeError',
  'FormatError',
  'StorageError',
  'DeviceError',
  'NotEnoughSamplesError',
  'NotFoundError',
  'LimitError',
  'UnsupportedError',
  'PasswordError',
  'AbortError',
] as const;

export type ErrorName = (typeof errorNames)[number];

/** The base of every refusal. The message says what is wrong, where, and what to do. */
export class StudioError extends Error {
  constructor(name: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

export class DatasetError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('DatasetError', message, options);
  }
}
export class RecipeError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('RecipeError', message, options);
  }
}
export class FormatError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('FormatError', message, options);
  }
}
export class StorageError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('StorageError', message, options);
  }
}
export class DeviceError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('DeviceError', message, options);
  }
}
export class NotEnoughSamplesError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('NotEnoughSamplesError', message, options);
  }
}
export class NotFoundError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('NotFoundError', message, options);
  }
}
export class LimitError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('LimitError', message, options);
  }
}
export class UnsupportedError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('UnsupportedError', message, options);
  }
}
export class PasswordError extends StudioError {
  constructor(message: string, options?: ErrorOptions) {
    super('PasswordError', message, options);
  }
}
export class AbortError extends StudioError {
  constructor(message = 'Cancelled. Nothing was changed.', options?: ErrorOptions) {
    super('AbortError', message, options);
  }
}

const known: ReadonlySet<string> = new Set(errorNames);

/** True for an error (also one that crossed a thread) that carries one of the named classes. */
export function isStudioError(error: unknown): error is Error & { name: ErrorName } {
  return error instanceof Error && known.has(error.name);
}
