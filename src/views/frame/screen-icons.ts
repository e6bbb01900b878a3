// The drawing of each screen, apart from the list so that the list stays free of components.
import ChartNoAxesColumn from '@lucide/svelte/icons/chart-no-axes-column';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import Database from '@lucide/svelte/icons/database';
import House from '@lucide/svelte/icons/house';
import Layers from '@lucide/svelte/icons/layers';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Play from '@lucide/svelte/icons/play';
import Tag from '@lucide/svelte/icons/tag';

type Icon = typeof House;

export const screenIcons: Readonly<Record<string, Icon>> = {
  overview: House,
  data: Database,
  label: Tag,
  train: Play,
  runs: ChartNoAxesColumn,
  models: Layers,
  try: MessageSquare,
  review: ClipboardCheck,
};
