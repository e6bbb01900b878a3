// Draws public/icon-*.png from public/icon.svg in a headless browser. Run by hand when the icon changes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './find-browser.mjs';
import { root } from './paths.mjs';

const svg = readFileSync(path.join(root, 'public', 'icon.svg'), 'utf8');
const full = svg.replace(/ rx="\d+"/, '').replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"');
const background = full.replace('<rect width="512" height="512"', '<rect x="-64" y="-64" width="640" height="640"');
const icons = [
  { name: 'icon-192.png', size: 192, markup: svg },
  { name: 'icon-512.png', size: 512, markup: svg },
  { name: 'icon-maskable-512.png', size: 512, markup: background },
];
const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
for (const { name, size, markup } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${markup}`);
  writeFileSync(path.join(root, 'public', name), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
