// For gradients whose kernel gives several inputs' gradients at once: the tape asks for each by itself.

/** `make`, called at most once. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
