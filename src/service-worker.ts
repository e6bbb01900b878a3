// Makes the studio work without a network: keeps the whole build, and answers from it with the security headers on,
// also where the host sends none. It decides nothing about when an update is taken: src/client/updates.ts does.
import { clientsClaim } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { securityHeaders } from '../scripts/headers.mjs';

declare const self: ServiceWorkerGlobalScope;

/** The same answer with the security headers. A redirected answer may not serve a navigation, so it is made anew. */
function withSecurityHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

addPlugins([{ handlerWillRespond: ({ response }) => Promise.resolve(withSecurityHeaders(response)) }]);
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
