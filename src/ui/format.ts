// How figures are written: one way each, British English, tabular, fixed decimals. No rounding of what is stored.

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const minus = '\u2212';
/** Stands for a figure that does not exist. */
export const none = '\u2013';

/** 11083 → "11,083". */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? none : grouped.format(value);
}

/** "1 row", "8,622 rows"; `plural` where it is not an added s. */
export function counted(value: number, one: string, plural = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : plural}`;
}

/** A figure with a fixed number of decimals: 0.8764 → "0.876". */
export function formatFixed(value: number | null | undefined, decimals = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

/** With its sign, for differences: 0.013 → "+0.013". */
export function formatSigned(value: number | null | undefined, decimals = 3): string {
  const text = formatFixed(value, decimals);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A share of one as whole per cents: 0.72 → "72 %". */
export function formatPercent(share: number | null | undefined, decimals = 0): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return none;
  return `${formatFixed(share * 100, decimals)}\u00a0%`;
}

/** Small and large settings alike: 0.00002 → "2e-5", 0.003 → "3e-3", 20 → "20". */
export function formatSetting(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 0.01 && size < 1e6) return String(Number(value.toPrecision(6)));
  return value
    .toExponential(4)
    .replace(/\.?0+e/, 'e')
    .replace('e+', 'e');
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];
/** Decimal units, as browsers and disks are sold: 3_100_000 → "3.1 MB". */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return none;
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < byteUnits.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)}\u00a0${byteUnits[unit]}`;
}

/** Seconds as people say them: 0.4 → "0.4 s", 72 → "1 min 12 s", 7500 → "2 h 5 min". */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return none;
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86400) return join(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min');
  return join(Math.floor(whole / 86400), 'd', Math.round((whole % 86400) / 3600), 'h');
}
function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}\u00a0${largeUnit}` : `${large}\u00a0${largeUnit} ${small}\u00a0${smallUnit}`;
}

/** An estimate, rounded to what can be known: 8.3 → "about 8 s". */
export function formatEstimate(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return 'time not yet known';
  if (seconds < 1) return 'about 1\u00a0s';
  const rounded = seconds < 20 ? Math.round(seconds) : seconds < 120 ? Math.round(seconds / 5) * 5 : seconds;
  return `about ${rounded < 120 ? `${rounded}\u00a0s` : `${Math.round(rounded / 60)}\u00a0min`}`;
}

/** 3120.4 → "3,120 examples/s"; under ten with one decimal. */
export function formatRate(perSecond: number | null | undefined, what = 'examples'): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond)) return '';
  return `${perSecond < 10 ? formatFixed(perSecond, 1) : formatCount(perSecond)} ${what}/s`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "14:02" or with seconds "14:02:41". */
export function formatTime(at: number, seconds = false): string {
  return (seconds ? clockSeconds : clock).format(at);
}

/** Today's as a time, then "yesterday", "12 Nov", "12 Nov 2025". */
export function formatWhen(at: number | null | undefined, now = Date.now()): string {
  if (at === null || at === undefined || !Number.isFinite(at)) return none;
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0) return formatTime(at);
  if (days === 1) return 'yesterday';
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : dayYear).format(at);
}
function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Day and time, for titles and logs: "12 Nov 2026, 14:02". */
export function formatDateTime(at: number): string {
  return `${dayYear.format(at)}, ${formatTime(at)}`;
}

/** The first eight digits of a hash, for reading aloud. */
export function shortHash(hash: string | null | undefined): string {
  return hash ? hash.slice(0, 8) : none;
}

/** A name from outside inside one of our sentences where no element can part them: it may run from right to left. */
export function isolate(name: string): string {
  return `\u2068${name}\u2069`;
}
