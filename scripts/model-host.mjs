// Which other origins the studio may reach at run time: none, or the model host that the user allowed and the few
// origins its files come from. Shared by the server, the service worker, the settings and the worker that downloads.
// Nothing here fetches.

/** More than any model host needs; a policy that lists the world protects nothing. */
const mostOrigins = 8;
const cookieName = 'trainyard-model-host';
/** Lower-case name, number or punycode; nothing that could end a directive of the policy. */
const hostPattern = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/;
const ownComputer = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The address as an origin, or what is wrong with it. @param {string} text @returns {{ origin: string } | { refusal: string }} */
function readOrigin(text) {
  const shown = `"${text.slice(0, 80)}"`;
  if (text.includes('*')) return { refusal: `${shown} holds a wildcard; write each address out` };
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text))
    return { refusal: `${shown} is not an address such as https://models.example` };
  const { protocol, hostname, username, password, pathname, search, hash, origin } = new URL(text);
  if (username || password || text.includes('@'))
    return { refusal: `${shown} holds a name or password; only the address itself is taken` };
  if (pathname !== '/' || search || hash || /[?#]/.test(text))
    return { refusal: `${shown} goes on behind the host; give only ${origin}` };
  if (!hostPattern.test(hostname)) return { refusal: `${shown} has no usable host name` };
  if (protocol === 'http:' && !ownComputer.test(hostname))
    return { refusal: `${shown} is not encrypted; http is taken for localhost only, so write https://${hostname}` };
  return { origin };
}

/**
 * The setting `modelHost`: empty, or exact origins with blanks or commas between them. The first is the model host,
 * the others are where it sends its files from.
 * @param {string} value @returns {{ origins: string[], refusal: string | null }} no origins where anything is wrong
 */
export function readModelHost(value) {
  if (typeof value !== 'string' || value.length > 2000)
    return { origins: [], refusal: 'an address such as https://models.example' };
  const origins = [];
  for (const word of value.split(/[\s,]+/).filter(Boolean)) {
    const read = readOrigin(word);
    if ('refusal' in read) return { origins: [], refusal: read.refusal };
    if (!origins.includes(read.origin)) origins.push(read.origin);
  }
  if (origins.length > mostOrigins)
    return { origins: [], refusal: `${origins.length} addresses were given; at most ${mostOrigins} are allowed` };
  return { origins, refusal: null };
}

/**
 * What the browser keeps for our server: the allowed origins. An empty list ends the cookie.
 * @param {readonly string[]} origins @param {{ path: string, secure: boolean }} place
 */
export function modelHostCookie(origins, { path, secure }) {
  const life = origins.length ? 400 * 24 * 3600 : 0;
  const value = encodeURIComponent(origins.join(' '));
  return `${cookieName}=${value}; Path=${path}; Max-Age=${life}; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** The origins in a Cookie header (or `document.cookie`); none where it holds anything but what the setting takes. @param {string | undefined} header */
export function originsInCookie(header) {
  const found = (header ?? '').split(/;\s*/).find((part) => part.startsWith(`${cookieName}=`));
  if (!found) return [];
  try {
    return readModelHost(decodeURIComponent(found.slice(cookieName.length + 1))).origins;
  } catch {
    return []; // not ours: percent signs that decode to nothing
  }
}
