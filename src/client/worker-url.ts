// The only place that makes a worker. Under the strict policy a worker's address must pass one named
// trusted-types policy, which lets nothing through but this origin.

interface UrlPolicy {
  createScriptURL(url: string): string;
}
interface TrustedTypesHost {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): UrlPolicy };
}

let policy: UrlPolicy | null = null;

/** A same-origin script address in the form that Worker and serviceWorker.register accept. */
export function trustedScriptUrl(url: string): string {
  const absolute = new URL(url, location.href);
  if (absolute.origin !== location.origin) throw new TypeError(`Refused to load a script from ${absolute.origin}.`);
  const host = (globalThis as TrustedTypesHost).trustedTypes;
  if (!host) return absolute.href;
  policy ??= host.createPolicy('trainyard-url', { createScriptURL: (checked) => checked });
  return policy.createScriptURL(absolute.href);
}

export function startWorker(url: string, name: string): Worker {
  return new Worker(trustedScriptUrl(url), { type: 'module', name });
}
