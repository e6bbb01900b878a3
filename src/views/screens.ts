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

const files = import.meta.glob<{ default: Component<ScreenProps> }>('./*.svelte');
function view(name: string): Pick<Screen, 'load'> {
  const load = files[`./${name}.svelte`];
  return { load: load ?? (() => Promise.reject(new Error(`The screen ${name} is not part of this build.`))) };
}

export const screens: readonly Screen[] = [
  { screen: 'overview', title: 'Overview', listed: 'work', key: 'go-overview', ...view('Overview') },
  { screen: 'data', title: 'Data', listed: 'work', key: 'go-data', ...view('Data') },
  { screen: 'label', title: 'Label', listed: 'work', key: 'go-label', ...view('Label') },
  { screen: 'train', title: 'Train', listed: 'work', key: 'go-train', ...view('Train') },
  { screen: 'runs', title: 'Runs', listed: 'work', key: 'go-runs', ...view('Runs'), loadOne: view('Run').load },
  { screen: 'compare', title: 'Compare', listed: null, key: 'go-compare', ...view('Compare') },
  { screen: 'models', title: 'Models', listed: 'work', key: 'go-models', ...view('Models') },
  { screen: 'try', title: 'Try', listed: 'work', key: 'go-try', ...view('Try') },
  { screen: 'review', title: 'Review', listed: 'use', key: 'go-review', ...view('Review') },
];
