// What a first visit costs: bytes on the wire before first use, time until the studio answers, and the same offline.
export const title = 'First visit and later visits';

const kilobyte = 1024;

/** One cold load with everything counted that the page itself fetches. */
async function coldLoad(tools) {
  const { page, context, close } = await tools.open({ serviceWorkers: 'block' });
  await page.goto('about:blank');
  const session = await context.newCDPSession(page);
  let bytes = 0;
  let requests = 0;
  session.on('Network.loadingFinished', (event) => {
    bytes += event.encodedDataLength;
    requests++;
  });
  await session.send('Network.enable');
  await session.send('Network.clearBrowserCache');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const start = performance.now();
  await page.goto(tools.url);
  await page.waitForFunction(() => Boolean(window.studio));
  await page.getByRole('button').first().waitFor();
  const interactiveMs = performance.now() - start;
  await page.waitForTimeout(1500);
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
  const readyStart = performance.now();
  await page.evaluate(() => window.studio.ready());
  const engineMs = performance.now() - readyStart;
  await close();
  return { kilobytes: bytes / kilobyte, requests, interactiveMs, paint, engineMs };
}

/** A later visit with the server stopped being asked: everything comes from the service worker. */
async function offlineLoad(tools) {
  const { page, context, close } = await tools.open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await context.setOffline(true);
  const times = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await page.reload();
    await page.waitForFunction(() => Boolean(window.studio));
    await page.getByRole('button').first().waitFor();
    times.push(performance.now() - start);
  }
  const precached = await page.evaluate(async () => {
    let total = 0;
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys())
        total += (await (await (await caches.open(name)).match(request)).arrayBuffer()).byteLength;
    return total;
  });
  await close();
  return { ms: tools.median(times), megabytes: precached / kilobyte / kilobyte };
}

export async function run(tools) {
  const loads = [];
  for (let i = 0; i < 3; i++) loads.push(await coldLoad(tools));
  const of = (key) => tools.median(loads.map((load) => load[key]));
  const offline = await offlineLoad(tools);
  return [
    { name: 'first visit, on the wire', unit: 'kB', ours: of('kilobytes') },
    { name: 'first visit, requests', unit: 'requests', ours: of('requests') },
    { name: 'first contentful paint', unit: 'ms', ours: of('paint') },
    { name: 'until it can be used', unit: 'ms', ours: of('interactiveMs') },
    { name: 'engine ready after that', unit: 'ms', ours: of('engineMs') },
    { name: 'offline visit until it can be used', unit: 'ms', ours: offline.ms },
    { name: 'kept for offline use', unit: 'MB', ours: offline.megabytes },
  ];
}
