// A real object of the browser's or of Dawn's with a few properties of its own, for tests of what rarely happens.

/** `real`, but for what `own` gives. */
export const standIn = <T extends object>(real: T, own: Readonly<Record<string, unknown>>): T =>
  new Proxy(real, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function'
        ? (...words: unknown[]): unknown => Reflect.apply(value, target, words)
        : value;
    },
  });
