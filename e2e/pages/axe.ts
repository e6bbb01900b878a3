// What axe finds on a page, one line a place; in one look or in both.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function violations(page: Page, only?: string): Promise<string[]> {
  // In the page itself, not in a blank page beside it: half the time, and the same findings where there are no frames.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  const result = await (only ? builder.withRules(only) : builder.withTags(rules)).analyze();
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} (${node.failureSummary?.split('\n')[1]?.trim() ?? ''})`),
  );
}

/** Colours on their way from one look to the other are neither: waits until nothing moves but what always does. */
function settled(page: Page): Promise<void> {
  return page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    const ending = document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/**
 * Light and dark, where only colours differ, with how far the page sticks out. The studio follows the system until told
 * otherwise.
 */
export async function violationsInBothLooks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.waitForFunction((name) => document.documentElement.dataset['theme'] === name, scheme);
    await settled(page);
    found.push(
      ...(await violations(page, scheme === 'dark' ? 'color-contrast' : undefined)).map((line) => `${scheme}: ${line}`),
    );
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) found.push(`sticks out by ${wide} pixels`);
  return found;
}
