// The page's entry: the facade first, then the screens that use nothing else.
import { mount } from 'svelte';
import App from './App.svelte';

mount(App, { target: document.querySelector('#app') ?? document.body });
