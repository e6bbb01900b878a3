// Serves the build once for all specs.
import type { TestProject } from 'vitest/node';
import { serve } from './browser.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    url: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<unknown>> {
  const server = await serve();
  project.provide('url', server.url);
  return server.close;
}
