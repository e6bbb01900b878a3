// What an import of a small drop would report, worked out without storing anything: labels, findings, refused rows.
import type { DatasetReport, Mapping, ReportEntry } from '../../src/contract/records';
import type { OpenedFile, RowBatch } from '../../src/formats/reading';
import { DatasetAnalysis } from '../../src/lib/dataset-report';
import { PageMaker } from './page-maker';
import type { FileLog } from './read-report';

export class PreviewReport {
  private readonly analysis: DatasetAnalysis;
  private readonly maker: PageMaker;
  private readonly files: DatasetReport['files'] = [];
  private readonly declared = new Set<string>();
  private rows = 0;

  constructor(
    mapping: Mapping,
    roles: ReadonlySet<string>,
    private readonly logs: readonly FileLog[],
  ) {
    this.analysis = new DatasetAnalysis(mapping);
    this.maker = new PageMaker({ mapping, roles, split: null });
  }

  add(batch: RowBatch): void {
    for (const page of this.maker.make(batch)) this.analysis.add(page.facts);
    this.rows += batch.rows;
  }

  ended(file: OpenedFile, rows: number): void {
    this.files.push({ file: file.path, format: file.format, rows });
    for (const label of file.declaredLabels ?? []) this.declared.add(label);
  }

  /** @param sizeBytes of the files; nothing is stored yet */
  finish(refusals: readonly ReportEntry[], sizeBytes: number): DatasetReport {
    const { stats, warnings } = this.analysis.finish([...this.declared]);
    const refused = this.logs.reduce((sum, log) => sum + log.refused, 0);
    return {
      errors: [...refusals, ...this.logs.flatMap((log) => log.errors())],
      warnings: [...this.logs.flatMap((log) => log.notes()), ...warnings],
      stats: { ...stats, rowsRead: this.rows + refused, rowsRefused: refused, sizeBytes },
      files: this.files,
    };
  }
}
