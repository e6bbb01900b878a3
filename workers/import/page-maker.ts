// From batches of rows to encoded pages with what each says about itself. The same in the data worker and in the
// threads beside it; a page does not know yet how many rows stand above it.
import type { Mapping, Split } from '../../src/contract/records';
import type { RowBatch } from '../../src/formats/reading';
import { PageReader, type PageFacts } from '../../src/lib/dataset-report-page';
import { dictionaryOf, encodePage, splitCode } from '../../src/storage/row-page-codec';
import { storedName } from './columns';

const rowsPerPage = 8192;
const charsPerPage = 4 * 1024 ** 2;

export interface MadePage {
  bytes: Uint8Array<ArrayBuffer>;
  rows: number;
  columns: string[];
  facts: PageFacts;
}

export interface PageMaking {
  mapping: Mapping;
  roles: ReadonlySet<string>;
  split: Split | null;
}

export class PageMaker {
  private readonly reader: PageReader;

  constructor(private readonly making: PageMaking) {
    this.reader = new PageReader(making.mapping);
  }

  *make(batch: RowBatch): Generator<MadePage> {
    const columns = batch.columns.map((name) => storedName(name, this.making.roles));
    const most = rowsPerPageOf(batch);
    for (let start = 0; start < batch.rows; start += most) {
      const end = Math.min(start + most, batch.rows);
      const rows = end - start;
      const cells = rows === batch.rows ? batch.cells : batch.cells.map((list) => list.slice(start, end));
      const code = splitCode(this.making.split);
      const splits = code === 0 ? null : new Uint8Array(rows).fill(code);
      const dictionaries = cells.map(dictionaryOf);
      const facts = this.reader.look({
        columns,
        cells,
        rows,
        dictionaries,
        splits,
        first: batch.first + start,
        ...(batch.numbers ? { numbers: batch.numbers.slice(start, end) } : {}),
      });
      const bytes = encodePage({ columns, cells, rows, ordinals: 0, splits }, dictionaries);
      yield { bytes, rows, columns, facts };
    }
  }
}

/** Fewer rows a page where rows are long, judged by a few of them. */
function rowsPerPageOf(batch: RowBatch): number {
  const step = Math.max(1, Math.floor(batch.rows / 16));
  let chars = 0;
  let looked = 0;
  for (let row = 0; row < batch.rows; row += step) {
    looked++;
    for (const cells of batch.cells) {
      const cell = cells[row];
      if (typeof cell === 'string') chars += cell.length;
      else if (typeof cell === 'object' && cell !== null) chars += JSON.stringify(cell).length;
    }
  }
  const perRow = Math.max(1, chars / Math.max(1, looked));
  return Math.max(1, Math.min(rowsPerPage, Math.floor(charsPerPage / perRow)));
}
