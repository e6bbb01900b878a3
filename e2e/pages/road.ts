// The first road by hand: buttons, keys and files as a person uses them. Says what it does by what is on the screen.
import type { Page } from 'playwright-core';
import { visit } from './screens';

/** The open project's id, from the address. */
export async function openProject(page: Page): Promise<string> {
  await page.waitForFunction(() => location.hash.startsWith('#/p/'));
  return page.evaluate(() => /#\/p\/([^/]+)/.exec(location.hash)?.[1] ?? '');
}

/** Asks again and again: Playwright's waitForFunction takes the promise of an async function for a yes. */
export async function until(page: Page, what: string, question: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    if (await question()) return;
    await page.waitForTimeout(200);
  }
  throw new Error(`Waited in vain: ${what}.`);
}

/** Waits until some run of the project has ended well. */
export async function untilTrained(page: Page, projectId: string): Promise<void> {
  await until(page, 'a finished run', () =>
    page.evaluate(
      async (id) => (await window.studio.runs.list(id)).some(({ status }) => status === 'finished'),
      projectId,
    ),
  );
}

/** Writes into the box of the Try screen and waits for an answer that the model gives too. Returns that answer. */
export async function tryText(page: Page, projectId: string, text: string): Promise<string> {
  const label = await page.evaluate(
    async ([id, asked]) => {
      const model = (await window.studio.models.list(id)).at(-1);
      if (!model) throw new Error('There is no model.');
      return (await window.studio.models.predict(model.id, [asked]))[0]?.label ?? '';
    },
    [projectId, text] as const,
  );
  await visit(page, `#/p/${projectId}/try`);
  await page.getByRole('textbox').first().fill(text);
  await page.getByText(label, { exact: false }).first().waitFor({ timeout: 5000 });
  return label;
}

/** Presses Tab until the named control has the focus. Rejects after a hundred. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    const here = await page.evaluate(() => {
      const active = document.activeElement;
      return active instanceof HTMLElement ? (active.getAttribute('aria-label') ?? active.innerText) : '';
    });
    if (name.test(here.trim())) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${name}.`);
}
