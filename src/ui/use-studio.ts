// The facade, handed down the component tree so that screens never reach for a global.
import { createContext } from 'svelte';
import type { StudioApi } from '../contract/studio';

/** `provideStudio` once in App; `useStudio` while a component is being made. */
export const [useStudio, provideStudio] = createContext<StudioApi>();
