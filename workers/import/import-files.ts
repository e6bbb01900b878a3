// An import from files to a data set: open, guess the mapping from the first rows, then read, look at, encode and
// store page by page. The data set record is written last; before it nothing is visible.
import type { ImportOptions } from '../../src/contract/data';
import { DatasetError } from '../../src/contract/errors';
import type { Dataset, DatasetReport, Mapping, ReportEntry, Split } from '../../src/contract/records';
import { openFile, type FileOutcome } from '../../src/formats/open';
import type { OpenedFile, RowBatch } from '../../src/formats/reading';
import { DatasetAnalysis } from '../../src/lib/dataset-report';
import { hashOfPages } from '../../src/lib/hash';
import { newId } from '../../src/lib/ids';
import { splitsOfFileNames } from '../../src/lib/mapping-cells';
import { adoptDataset } from '../../src/storage/adopt-dataset';
import { placePage } from '../../src/storage/row-page-codec';
import { settleMapping } from './columns';
import type { Job } from './job';
import { whileHeld } from './import-lock';
import { PageMaker, type MadePage } from './page-maker';
import { PageSink } from './page-sink';
import { PiecePool } from './piece-pool';
import type { PieceDone } from './piece-work';
import { readInPieces } from './read-in-pieces';
import { FileLog } from './read-report';

/** Smaller files are read before threads have started. */
const worthThreads = 8 * 1024 ** 2;

export interface ImportRequest {
  projectId: string;
  files: File[];
  options: ImportOptions;
}

export function totalBytes(files: readonly File[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** @param job cancelled from outside; its progress is told through it */
export async function importFiles(request: ImportRequest, job: Job): Promise<Dataset> {
  if (request.files.length === 0) throw new DatasetError('No file was given. Choose at least one.');
  let counting = false;
  const count = (bytes: number): void => {
    if (counting) job.bytesRead += bytes;
  };
  const outcomes: FileOutcome[] = [];
  for (const file of request.files) {
    await job.step('reading', file.name);
    outcomes.push(await openFile(file, request.options, count));
  }
  const opened = outcomes.flatMap((outcome) => outcome.opened);
  const refusals = outcomes.flatMap((outcome) => (outcome.refusal ? [outcome] : []));
  if (opened.length === 0) throw refusals[0]?.refusal ?? new DatasetError('None of the files holds rows.');
  counting = true;
  const datasetId = newId('set');
  return whileHeld(datasetId, async () => {
    const sink = new PageSink(datasetId);
    try {
      return await new Import(request, opened, refusals, sink, job).run();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  });
}

class Import {
  private readonly columns: string[] = [];
  private settled = false;
  private mapping: Mapping = {};
  private roles: ReadonlySet<string> = new Set();
  private analysis = new DatasetAnalysis({});
  private readonly logs: FileLog[] = [];
  private readonly files: DatasetReport['files'] = [];
  private readonly unusedRoles: string[] = [];

  constructor(
    private readonly request: ImportRequest,
    private readonly opened: readonly OpenedFile[],
    private readonly refusals: readonly FileOutcome[],
    private readonly sink: PageSink,
    private readonly job: Job,
  ) {}

  async run(): Promise<Dataset> {
    const splits = splitsOfFileNames(this.opened.map(({ path }) => path));
    let failure: unknown;
    for (const [index, file] of this.opened.entries()) {
      const log = new FileLog(file.path);
      this.logs.push(log);
      const before = this.sink.rows;
      const split = splits[index] ?? null;
      try {
        await this.read(file, split, log);
      } catch (error) {
        // One empty file among several does not spoil the others.
        if (!(error instanceof DatasetError) || this.opened.length === 1) throw error;
        failure ??= error;
        log.warn('refused-file', error.message);
      }
      this.files.push(describe(file, this.sink.rows - before, split));
    }
    if (this.sink.rows === 0) throw failure ?? this.nothingUsable();
    return this.commit();
  }

  private nothingUsable(): DatasetError {
    const [first] = this.logs.flatMap((log) => log.errors());
    const rows = first?.rows?.join(', ') ?? '';
    return new DatasetError(
      `${this.opened[0]?.path ?? 'The file'} has no row that can be used.${first ? ` ${first.message} Rows ${rows}.` : ''} Mend the file and import it again.`,
    );
  }

  /** Mapping from the first rows: what the user said, else what the shape says, else a guess. */
  private settle(file: OpenedFile, batch: RowBatch): void {
    if (this.settled) return;
    this.settled = true;
    const { mapping, roles, unused } = settleMapping(file, batch, this.request.options.mapping);
    this.roles = roles;
    this.mapping = mapping;
    this.unusedRoles.push(...unused);
    this.analysis = new DatasetAnalysis(this.mapping);
  }

  private async read(file: OpenedFile, split: Split | null, log: FileLog): Promise<void> {
    const { pieces } = file;
    const pool = pieces && pieces.source.packedBytes >= worthThreads ? PiecePool.open() : null;
    if (!pieces || !pool) {
      let maker: PageMaker | null = null;
      for await (const batch of file.batches(log)) {
        this.settle(file, batch);
        maker ??= this.maker(split);
        await this.storeBatch(file, batch, maker);
      }
      return;
    }
    try {
      await this.settleFromHead(file);
      const task = { table: pieces.table, mapping: this.mapping, roles: [...this.roles], split };
      const maker = this.maker(split);
      for await (const part of readInPieces({ ...file, pieces }, task, pool, log)) {
        if ('batch' in part) await this.storeBatch(file, part.batch, maker);
        else await this.storePiece(file, part.done, part.above, log);
      }
    } finally {
      pool.close();
    }
  }

  private maker(split: Split | null): PageMaker {
    return new PageMaker({ mapping: this.mapping, roles: this.roles, split });
  }

  private async settleFromHead(file: OpenedFile): Promise<void> {
    if (this.settled) return;
    const before = this.job.bytesRead;
    for await (const batch of file.batches({ refuse: () => undefined, warn: () => undefined })) {
      this.settle(file, batch);
      break;
    }
    this.job.bytesRead = before;
  }

  private async storeBatch(file: OpenedFile, batch: RowBatch, maker: PageMaker): Promise<void> {
    for (const page of maker.make(batch)) await this.storePage(file, page);
  }

  private async storePiece(file: OpenedFile, done: PieceDone, above: number, log: FileLog): Promise<void> {
    for (const { row, reason } of done.refusals) log.refuse(above + row, reason);
    for (const { code, message, row } of done.warnings)
      log.warn(code, message, row === undefined ? undefined : above + row);
    for (const page of done.pages) {
      page.facts.first += above;
      if (page.facts.numbers) page.facts.numbers = page.facts.numbers.map((number) => number + above);
      await this.storePage(file, page);
    }
  }

  private async storePage(file: OpenedFile, { bytes, rows, columns, facts }: MadePage): Promise<void> {
    for (const name of columns) if (!this.columns.includes(name)) this.columns.push(name);
    this.analysis.add(facts);
    placePage(bytes, this.sink.rows);
    await this.sink.put(bytes, rows);
    this.job.rows += rows;
    await this.job.step('reading', file.path);
  }

  private async commit(): Promise<Dataset> {
    this.job.tell('storing', this.opened[0]!.path);
    const { sink, request, columns, mapping } = this;
    const declared = [...new Set(this.opened.flatMap((file) => file.declaredLabels ?? []))];
    // Of files that disagree about a code, the first is right.
    const trees = this.opened.flatMap((file) => file.taxonomy ?? []).reverse();
    const taxonomy = [...new Map(trees.map((code) => [code.code, code])).values()].reverse();
    const { stats, warnings, multiLabel } = this.analysis.finish(declared);
    const digests = await sink.finish();
    await this.job.step('storing', this.opened[0]!.path);
    const refused = this.logs.reduce((sum, log) => sum + log.refused, 0);
    const dataset: Dataset = {
      id: sink.datasetId,
      projectId: request.projectId,
      name: request.options.name ?? nameOf(request.files),
      version: 1,
      rootId: sink.datasetId,
      origin: `Imported from ${request.files.map((file) => file.name).join(', ')}`,
      createdAt: Date.now(),
      rows: sink.rows,
      columns,
      mapping,
      multiLabel,
      hash: await hashOfPages({ columns, mapping }, digests),
      report: {
        errors: [...this.refusals.map(refusedFile), ...this.logs.flatMap((log) => log.errors())],
        warnings: [...this.logs.flatMap((log) => log.notes()), ...this.unusedMapping(), ...warnings],
        stats: { ...stats, rowsRead: sink.rows + refused, rowsRefused: refused, sizeBytes: sink.sizeBytes },
        files: this.files,
      },
      sizeBytes: sink.sizeBytes,
      pageStarts: sink.pageStarts,
      ...(taxonomy.length > 0 ? { taxonomy } : {}),
    };
    const adopted = await adoptDataset(dataset, Object.keys(stats.classes));
    this.job.tell('checking', this.opened[0]!.path);
    return adopted;
  }

  private unusedMapping(): ReportEntry[] {
    if (this.unusedRoles.length === 0) return [];
    return [
      {
        code: 'unknown-mapping',
        message: 'Mapped columns that the file does not have were left out. Map them to columns there are.',
        count: this.unusedRoles.length,
        values: this.unusedRoles,
      },
    ];
  }
}

function refusedFile(outcome: FileOutcome): ReportEntry {
  return { code: 'refused-file', message: outcome.refusal?.message ?? '', count: 1, file: outcome.name };
}

function describe(file: OpenedFile, rows: number, split: Split | null): DatasetReport['files'][number] {
  return {
    file: file.path,
    format: file.format,
    rows,
    ...(file.shape === undefined ? {} : { shape: file.shape }),
    ...(file.encoding === undefined ? {} : { encoding: file.encoding }),
    ...(file.delimiter === undefined ? {} : { delimiter: file.delimiter }),
    ...(file.compression === undefined ? {} : { compression: file.compression }),
    ...(split === null ? {} : { split }),
  };
}

/** `tickets.csv.gz` is `tickets`; several files are named by the first and their number. */
export function nameOf(files: readonly { name: string }[]): string {
  const [first] = files;
  const base =
    (first?.name ?? 'Data').replace(/^.*\//, '').replace(/(\.[A-Za-z0-9]{1,8}){1,2}$/, '') || (first?.name ?? 'Data');
  return files.length > 1 ? `${base} and ${String(files.length - 1)} more` : base;
}
