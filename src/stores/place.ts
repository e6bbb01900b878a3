// Addresses as text: parsing and writing, pure. The live address is route.svelte.ts.

export interface Place {
  /** null on Home and the screens outside a project. */
  projectId: string | null;
  /** 'home', or the second part of the address: overview, data, label … */
  screen: string;
  /** The third part: data set, run or model. */
  id: string | null;
  query: URLSearchParams;
}

/** `#/p/<project>/<screen>[/<id>][?query]`, `#/<screen>` outside a project. Unknown shapes are Home. */
export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = splitOnce(hash.replace(/^#?\/?/, ''), '?');
  const parts = path.split('/').filter(Boolean).map(decode);
  const query = new URLSearchParams(search);
  if (parts[0] === 'p' && parts[1])
    return { projectId: parts[1], screen: parts[2] ?? 'overview', id: parts[3] ?? null, query };
  return { projectId: null, screen: parts[0] ?? 'home', id: parts[1] ?? null, query };
}

/** The address of a place; what is left out is not written. */
export function address(
  projectId: string | null,
  screen = 'overview',
  id?: string | null,
  query?: Record<string, string | null | undefined>,
): string {
  const parts = projectId ? ['p', projectId, screen, ...(id ? [id] : [])] : screen === 'home' ? [] : [screen];
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value) search.set(key, value);
  const text = search.toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The hash with some keys of its query changed; null and '' remove a key. */
export function changedHash(hash: string, query: URLSearchParams, change: Record<string, string | null>): string {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(change)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  const search = next.toString();
  return `${splitOnce(hash, '?')[0] || '#/'}${search ? `?${search}` : ''}`;
}
