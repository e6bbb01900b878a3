// The page's entry: the facade first, then the screens that use nothing else.
import { mount } from 'svelte';
import App from './App.svelte';
import { followModelHost, mendModelHost } from './client/model-host';
import { startUpdates } from './client/updates';
import { createStudio } from './studio/index';

window.studio = createStudio();
mount(App, { target: document.querySelector('#app') ?? document.body });
startUpdates(window.studio);
followModelHost(window.studio);
// Where the store cannot be read the screens say so; the policy then stays as strict as it is.
window.studio.settings.get().then(
  ({ modelHost }) => mendModelHost(modelHost),
  () => undefined,
);
