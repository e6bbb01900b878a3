// The list of screens: address, name, key and where the code lies. Each is a chunk of its own.
import type { Component } from 'svelte';
import type { KeyActId } from '../stores/key-acts';

export interface ScreenProps {
  projectId: string;
  id?: string;
}
export interface Screen {
  screen: string;
  title: string;
  /** In the list at the left; the others are reached from within a screen. */
  listed: 'work' | 'use' | null;
  key?: KeyActId;
  load: () => Promise<{ default: Component<ScreenProps> }>;
  /** The screen of one record, where the address names one. */
  loadOne?: () => Promise<{ default: Component<ScreenProps> }>;
}

export const screens: readonly Screen[] = [
  {
    screen: 'overview',
    title: 'Overview',
    listed: 'work',
    key: 'go-overview',
    load: () => import('./Overview.svelte'),
  },
  { screen: 'data', title: 'Data', listed: 'work', key: 'go-data', load: () => import('./Data.svelte') },
  { screen: 'label', title: 'Label', listed: 'work', key: 'go-label', load: () => import('./Label.svelte') },
  { screen: 'train', title: 'Train', listed: 'work', key: 'go-train', load: () => import('./Train.svelte') },
  {
    screen: 'runs',
    title: 'Runs',
    listed: 'work',
    key: 'go-runs',
    load: () => import('./Runs.svelte'),
    loadOne: () => import('./Run.svelte'),
  },
  { screen: 'compare', title: 'Compare', listed: null, key: 'go-compare', load: () => import('./Compare.svelte') },
  { screen: 'models', title: 'Models', listed: 'work', key: 'go-models', load: () => import('./Models.svelte') },
  { screen: 'try', title: 'Try', listed: 'work', key: 'go-try', load: () => import('./Try.svelte') },
  { screen: 'review', title: 'Review', listed: 'use', key: 'go-review', load: () => import('./Review.svelte') },
];
