// How settings are typed and described. What is not a number stays text, so that the recipe's own check can name it.
import type { Field } from '../../lib/fields';
import { formatSetting } from '../../ui/format';

export const splitParts = ['train', 'validation', 'test'] as const;

/** "3e-3", "0,003" and "2,048" as people write them; the text itself where it is no number. */
export function readNumber(text: string): number | string {
  const plain = text
    .trim()
    .replace(/^(\d{1,3})((,\d{3})+)$/, (all) => all.replaceAll(',', ''))
    .replace(/^([\d-]+),(\d+)$/, '$1.$2');
  const value = Number(plain);
  return plain !== '' && Number.isFinite(value) ? value : text.trim();
}

/** "1, 3" or "[1 3]". */
export function readList(text: string): (number | string)[] {
  return text
    .replace(/[[\]]/g, ' ')
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((part) => readNumber(part));
}

/** "From 1 to 2,048.", '' where there is nothing to say. */
export function settingRange(setting: Field): string {
  switch (setting.kind) {
    case 'number':
      return `${setting.integer ? 'Whole, from' : 'From'} ${formatSetting(setting.min)} to ${formatSetting(setting.max)}.`;
    case 'numbers': {
      const { min, max } = setting.length;
      return `${min === max ? min : `${min} to ${max}`} numbers from ${formatSetting(setting.min)} to ${formatSetting(setting.max)}.`;
    }
    case 'split':
      return 'Per cent of the rows without a split of their own; at most 100 together.';
    case 'choice':
    case 'base':
    case 'lora':
    case 'switch':
      return '';
    default:
      return setting satisfies never;
  }
}
