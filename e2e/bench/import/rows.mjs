// Writes the large files the import bench reads: the same rows as CSV and as JSON lines, from a seed.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const words =
  'the order has not arrived and I would like to change my delivery address before Friday because we are moving café naïve Zürich 東京 payment failed twice, says the app; please call “support” again'.split(
    ' ',
  );
const ends = ['', '', '', '', '', '', ', he said "no"', '\nsecond line', ' €12,50', ' 🚂'];
const twoDigits = (value) => String(value).padStart(2, '0');
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Lehmer's generator, enough to make rows. @param {number} seed */
function generator(seed) {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/**
 * About 200 bytes a row: id, text (commas, quotes, line ends inside quotes, beyond ASCII), label, score, created_at.
 * @param {string} file
 * @param {'csv' | 'jsonl'} format
 * @param {number} rows
 */
export async function writeRows(file, format, rows, seed = 42) {
  const draw = generator(seed);
  const pool = Array.from(
    { length: 5000 },
    () => Array.from({ length: 15 + draw(20) }, () => words[draw(words.length)]).join(' ') + ends[draw(ends.length)],
  );
  const out = createWriteStream(file);
  let text = format === 'csv' ? 'id,text,label,score,created_at\r\n' : '';
  for (let row = 0; row < rows; row++) {
    const message = pool[draw(pool.length)];
    const label = `label_${twoDigits(draw(20))}`;
    const score = (draw(1e6) / 1e6).toFixed(6);
    const at = `2026-${twoDigits((row % 12) + 1)}-${twoDigits((row % 28) + 1)}T${twoDigits(row % 24)}:00:00Z`;
    text +=
      format === 'csv'
        ? `${row},${quoted(message)},${label},${score},${at}\r\n`
        : `${JSON.stringify({ id: row, text: message, label, score: Number(score), created_at: at })}\n`;
    if (text.length > 1e6) {
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
  }
  out.end(text);
  await once(out, 'finish');
}
