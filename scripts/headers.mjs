// The one place the security headers are written. Used by the server, by vite preview and by the service worker.

/** @param {readonly string[]} origins what may be reached besides our own origin */
const policy = (origins) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "style-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html trainyard-url',
  ].join('; ');

/** @type {Record<string, string>} */
export const securityHeaders = {
  'Content-Security-Policy': policy([]),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * These headers with the policy that also lets these origins be reached. Headers without a policy stay without.
 * @param {Record<string, string>} headers @param {readonly string[]} origins from `readModelHost`, never raw text
 */
export function allowing(headers, origins) {
  if (!origins.length || !headers['Content-Security-Policy']) return headers;
  return { ...headers, 'Content-Security-Policy': policy(origins) };
}
