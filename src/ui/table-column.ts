// A column of a table as VirtualTable draws it. In a file of its own, so that plain code can name it too.

export interface TableColumn {
  id: string;
  title: string;
  /** A grid track: "90px", "minmax(160px, 1fr)". */
  width: string;
  align?: 'start' | 'end';
  /** Sorted by it: what `aria-sort` says. */
  sorted?: 'ascending' | 'descending' | undefined;
}
