// Addresses of scripts in the form that Worker and serviceWorker.register accept. Under the strict policy they must
// pass one named trusted-types policy, which lets nothing through but this origin. Each thread makes its own.

interface UrlPolicy {
  createScriptURL(url: string): string;
}
interface TrustedTypesHost {
  trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): UrlPolicy };
}

let policy: UrlPolicy | null = null;

/** A same-origin script address; throws a TypeError for any other. */
export function trustedScriptUrl(url: string): string {
  const absolute = new URL(url, location.href);
  if (absolute.origin !== location.origin) throw new TypeError(`Refused to load a script from ${absolute.origin}.`);
  const host = (globalThis as TrustedTypesHost).trustedTypes;
  if (!host) return absolute.href;
  policy ??= host.createPolicy('trainyard-url', { createScriptURL: (checked) => checked });
  return policy.createScriptURL(absolute.href);
}
