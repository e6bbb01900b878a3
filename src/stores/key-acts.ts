// Every act that has a key, with its key: the one map behind buttons, keys sheet, palette and settings.

export interface KeyAct {
  id: string;
  title: string;
  group: 'Everywhere' | 'Go to' | 'Lists and tables' | 'Labelling' | 'Runs';
  /** Alternatives apart by '|'; 'Mod' is Ctrl or Cmd; a space makes a sequence ("g d"). */
  keys: string;
  /** How it is printed where the list of keys would be long. */
  printed?: string;
  /** Works while a text field has focus. Only for keys with Mod, and Esc. */
  inFields?: boolean;
}

export const keyActs = [
  { id: 'palette', title: 'Find a screen, run, model, row or act', group: 'Everywhere', keys: 'Mod+k', inFields: true },
  { id: 'keys', title: 'Keys of this screen', group: 'Everywhere', keys: '?' },
  { id: 'undo', title: 'Undo', group: 'Everywhere', keys: 'u|Mod+z' },
  { id: 'redo', title: 'Redo', group: 'Everywhere', keys: 'Mod+Shift+z' },
  { id: 'escape', title: 'Clear the selection, then close', group: 'Everywhere', keys: 'Escape' },
  { id: 'go-home', title: 'Home', group: 'Go to', keys: 'g h' },
  { id: 'go-overview', title: 'Overview', group: 'Go to', keys: 'g o' },
  { id: 'go-data', title: 'Data', group: 'Go to', keys: 'g d' },
  { id: 'go-label', title: 'Label', group: 'Go to', keys: 'g l' },
  { id: 'go-train', title: 'Train', group: 'Go to', keys: 'g t' },
  { id: 'go-runs', title: 'Runs', group: 'Go to', keys: 'g r' },
  { id: 'go-compare', title: 'Compare', group: 'Go to', keys: 'g c' },
  { id: 'go-models', title: 'Models', group: 'Go to', keys: 'g m' },
  { id: 'go-try', title: 'Try', group: 'Go to', keys: 'g p' },
  { id: 'go-review', title: 'Review', group: 'Go to', keys: 'g v' },
  { id: 'next', title: 'Next', group: 'Lists and tables', keys: 'j|ArrowDown' },
  { id: 'previous', title: 'Previous', group: 'Lists and tables', keys: 'k|ArrowUp' },
  { id: 'select', title: 'Select or unselect', group: 'Lists and tables', keys: 'x' },
  { id: 'select-range', title: 'Select up to here', group: 'Lists and tables', keys: 'Shift+x' },
  { id: 'select-all', title: 'Select all that match the filter', group: 'Lists and tables', keys: 'a' },
  { id: 'filter', title: 'Filter', group: 'Lists and tables', keys: '/' },
  { id: 'label-rows', title: 'Label the selected rows', group: 'Lists and tables', keys: 'l' },
  { id: 'switch-view', title: 'Switch between queue and table', group: 'Lists and tables', keys: 'm' },
  { id: 'choose', title: 'Choose a label', group: 'Labelling', keys: '1|2|3|4|5|6|7|8|9|0', printed: '1 … 9 0' },
  { id: 'search-labels', title: 'Search the labels', group: 'Labelling', keys: '/' },
  { id: 'accept', title: 'Accept the suggestion, or submit', group: 'Labelling', keys: 'Enter|Mod+Enter' },
  { id: 'skip', title: 'Skip, it comes back later', group: 'Labelling', keys: 'Space' },
  { id: 'none', title: 'None of these', group: 'Labelling', keys: 'n' },
  { id: 'note', title: 'Note', group: 'Labelling', keys: 'r' },
  { id: 'pause', title: 'Pause or go on', group: 'Runs', keys: 'p' },
  { id: 'stop', title: 'Stop and keep', group: 'Runs', keys: 'Shift+s' },
] as const satisfies readonly KeyAct[];

export type KeyActId = (typeof keyActs)[number]['id'];

/** What was pressed, in the notation above; the second form is by place on the keyboard (digits on French layouts). */
export function pressedKeys(event: KeyboardEvent): string[] {
  const marks = [event.ctrlKey || event.metaKey ? 'Mod+' : '', event.altKey ? 'Alt+' : ''].join('');
  const single = event.key.length === 1;
  const letter = single && event.key.toLowerCase() !== event.key.toUpperCase();
  const shift = event.shiftKey && (!single || letter) ? 'Shift+' : '';
  const key = event.key === ' ' ? 'Space' : single ? event.key.toLowerCase() : event.key;
  const found = [marks + shift + key];
  if (/^Digit\d$/.test(event.code) && !event.shiftKey) found.push(marks + event.code.slice(5));
  return found;
}

const names: Readonly<Record<string, string>> = {
  Enter: '↵',
  Space: 'space',
  Escape: 'esc',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Shift: '⇧',
};
/** As printed on a button: 'Mod+k' → "Ctrl K" (or "⌘ K"), 'g d' → "G D". */
export function printKeys(keys: string, mac: boolean): string {
  const first = keys.split('|')[0] ?? '';
  return first
    .split(/[ +]/)
    .map((part) =>
      part === 'Mod' ? (mac ? '⌘' : 'Ctrl') : (names[part] ?? (part.length === 1 ? part.toUpperCase() : part)),
    )
    .join(' ');
}
