// Makes the studio work without a network: keeps the whole build, and answers from it with the security headers on,
// also where the host sends none. It decides nothing about when an update is taken: src/client/updates.ts does.
import { clientsClaim } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { allowing, securityHeaders } from '../scripts/headers.mjs';
import { isModelFile, modelKeeper } from './lib/kept-models';
import { keptOrigins } from './lib/kept-origins';

declare const self: ServiceWorkerGlobalScope;

/** Only these have a policy of their own; it names the model host that the user allowed. */
const withPolicy: ReadonlySet<RequestDestination> = new Set(['document', 'worker', 'sharedworker']);

/** The same answer with the security headers. A redirected answer may not serve a navigation, so it is made anew. */
async function withSecurityHeaders(response: Response, request: Request): Promise<Response> {
  const origins = withPolicy.has(request.destination) ? await keptOrigins() : [];
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(allowing(securityHeaders, origins))) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

const runtimeCache = 'trainyard-onnx-runtime';
const runtimeFile = /\/assets\/(ort-wasm-[a-z.-]+)-[^/]+\.wasm$/;
const isRuntime = (url: URL) => runtimeFile.test(url.pathname);

/** ONNX Runtime's code: kept from its first use on, since it is too large to be fetched ahead for everybody. */
async function keptRuntime(request: Request): Promise<Response> {
  const cache = await caches.open(runtimeCache);
  // The name holds the hash of the content; no other header tells two answers apart.
  const kept = await cache.match(request.url, { ignoreVary: true });
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.status !== 200) return fresh;
  const name = runtimeFile.exec(new URL(request.url).pathname)?.[1];
  for (const old of await cache.keys())
    if (runtimeFile.exec(new URL(old.url).pathname)?.[1] === name) await cache.delete(old, { ignoreVary: true });
  // A full disk refuses to keep it; it works all the same, and is asked for again next time.
  await cache.put(request.url, fresh.clone()).catch(() => undefined);
  return fresh;
}

addPlugins([{ handlerWillRespond: ({ response, request }) => withSecurityHeaders(response, request) }]);
const build = self.__WB_MANIFEST.map((entry) =>
  typeof entry === 'string' ? { url: entry, revision: null } : { revision: null, ...entry },
);
precacheAndRoute(build.filter((file) => !isModelFile(file)));
cleanupOutdatedCaches();
const models = modelKeeper(build.filter(isModelFile), self.location.href);
// One page; its screens are hash routes, so every navigation inside the scope is that page.
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html')));

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && isRuntime(url),
  async ({ request }) => withSecurityHeaders(await keptRuntime(request), request),
);

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && models.has(url),
  async ({ request }) => withSecurityHeaders(await models.answer(request.url), request),
);
// The first request that comes here shows that a page is up; what it needs itself is in front of the models by then.
self.addEventListener('fetch', (event) => event.waitUntil(models.keepAll()));

self.addEventListener('message', (event) => {
  const message: unknown = event.data;
  if (typeof message !== 'object' || message === null || !('type' in message)) return;
  if (message.type === 'take-over') event.waitUntil(self.skipWaiting());
  if (message.type === 'keep-models')
    event.waitUntil(models.keepAll().then((kept) => event.ports[0]?.postMessage({ kept })));
});
clientsClaim();
