// The only place on the page that makes a worker.
import { trustedScriptUrl } from '../lib/trusted-url';

export { trustedScriptUrl };

export function startWorker(url: string, name: string): Worker {
  return new Worker(trustedScriptUrl(url), { type: 'module', name });
}
