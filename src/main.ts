// The page's entry: the facade first, then the screens that use nothing else.
import { mount } from 'svelte';
import App from './App.svelte';
import { startUpdates } from './client/updates';
import { createStudio } from './studio/index';

window.studio = createStudio();
mount(App, { target: document.querySelector('#app') ?? document.body });
startUpdates(window.studio);
