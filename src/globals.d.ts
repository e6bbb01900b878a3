import type { StudioApi } from './contract/studio';

declare global {
  interface Window {
    studio: StudioApi;
  }
}
