// Entry of the map worker: what is worked out about rows beside training, on a thread of its own so that neither the page
// nor a run waits for it.
import { expose } from 'comlink';
import { showAlive } from './alive';
import { starterAt } from './bases/starter';
import { createMapApi } from './map/map-api';

showAlive();
expose(createMapApi(starterAt(new URL('../models/starter/', import.meta.url).href)));
