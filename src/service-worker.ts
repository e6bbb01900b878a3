// Makes the studio work without a network: keeps the whole build, and answers from it with the security headers on,
// also where the host sends none. It decides nothing about when an update is taken: src/client/updates.ts does.
import { clientsClaim } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { allowing, securityHeaders } from '../scripts/headers.mjs';
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

addPlugins([{ handlerWillRespond: ({ response, request }) => withSecurityHeaders(response, request) }]);
precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
// One page; its screens are hash routes, so every navigation inside the scope is that page.
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html')));

self.addEventListener('message', (event) => {
  const message: unknown = event.data;
  if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'take-over')
    event.waitUntil(self.skipWaiting());
});
clientsClaim();
