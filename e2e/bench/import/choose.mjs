// Puts an input into a page and a file of this disk into the input, where `document.querySelector('#bench-file')` finds it.

/** @param {import('playwright-core').Page} page @param {string} file */
export async function choose(page, file) {
  await page.evaluate(() => {
    document.querySelector('#bench-file')?.remove();
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'bench-file';
    document.body.append(input);
  });
  await page.setInputFiles('#bench-file', file);
}
