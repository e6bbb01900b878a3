// What a user types to name a model on a host: `owner/name`, with `@revision` behind it where one is meant, or the
// address of its page. Asks nobody.
import { FormatError } from '../contract/errors';

export interface HubName {
  /** `owner/name`, or `name` alone for the few old models without an owner. */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
}

const part = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const revisionPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

/** Rejects with FormatError what no host could have; `host` is the origin whose page addresses are taken, too. */
export function readHubName(typed: string, host = ''): HubName {
  const text = typeof typed === 'string' ? typed.trim() : '';
  if (text === '')
    throw new FormatError('Name a model as owner/name, for example sentence-transformers/all-MiniLM-L6-v2.');
  const plain = /^https?:\/\//i.test(text) ? fromAddress(text, host) : text;
  const at = plain.indexOf('@');
  const repository = (at < 0 ? plain : plain.slice(0, at)).replace(/\/$/, '');
  const revision = at < 0 ? 'main' : plain.slice(at + 1);
  const parts = repository.split('/');
  if (parts.length > 2 || !parts.every((one) => part.test(one)))
    throw new FormatError(
      `"${text.slice(0, 100)}" names no model. Write owner/name, or owner/name@revision: letters, digits, dots, dashes and underscores.`,
    );
  if (!revisionPattern.test(revision) || revision.includes('..'))
    throw new FormatError(`"${revision.slice(0, 100)}" behind the @ is no branch, tag or commit.`);
  return { repository, revision };
}

function fromAddress(text: string, host: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (host !== '' && url.origin !== host))
    throw new FormatError(
      `"${text.slice(0, 100)}" is not an address on ${host || 'the model host'}. Write owner/name, or allow its host in the settings.`,
    );
  const [owner = '', name = '', tree, ...revision] = url.pathname.split('/').filter(Boolean);
  const repository = name === '' ? owner : `${owner}/${name}`;
  return (tree === 'tree' || tree === 'resolve') && revision.length > 0 ? `${repository}@${revision[0]}` : repository;
}
