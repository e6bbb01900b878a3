// Filters over rows, as the contract writes them: `{ column: value | [values] | { gte, lte, contains, not } }`, all must
// hold; `{ any: [ … ] }` for either. Pure: what a column is, the caller says.
import type { Condition, Where } from '../contract/data';
import { DatasetError } from '../contract/errors';
import type { Cell } from '../contract/records';
import { textOf } from './mapping-cells';

export type CellOf = (column: string) => Cell;
export type Predicate = (cellOf: CellOf) => boolean;

/** The condition as a function; throws DatasetError naming what is not understood. */
export function compileWhere(where: Where | undefined): Predicate {
  if (where === undefined) return () => true;
  const tests: Predicate[] = [];
  for (const [column, condition] of Object.entries(where)) {
    if (condition === undefined) continue;
    if (column === 'any' && isWhereList(condition)) {
      const either = condition.map(compileWhere);
      tests.push((cellOf) => either.some((test) => test(cellOf)));
    } else {
      const test = compileCondition(column, condition as Condition);
      tests.push((cellOf) => test(cellOf(column)));
    }
  }
  return (cellOf) => tests.every((test) => test(cellOf));
}

function isWhereList(condition: Condition | Where[]): condition is Where[] {
  return (
    Array.isArray(condition) &&
    condition.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  );
}

function compileCondition(column: string, condition: Condition): (cell: Cell) => boolean {
  if (Array.isArray(condition)) {
    if (condition.length > fewValues && condition.every((value) => !Array.isArray(value))) return amongMany(condition);
    const tests = condition.map((value) => equals(value));
    return (cell) => tests.some((test) => test(cell));
  }
  if (typeof condition !== 'object' || condition === null) return equals(condition);
  const tests = Object.entries(condition).flatMap(([name, value]) =>
    value === undefined ? [] : [compileOperator(column, name, value)],
  );
  return (cell) => tests.every((test) => test(cell));
}

/** Beyond so many, one look-up is faster than trying each. */
const fewValues = 8;

/** The same as `equals` of any of them. */
function amongMany(values: readonly Cell[]): (cell: Cell) => boolean {
  const wanted = new Set(values.map(textOf));
  return (cell) =>
    Array.isArray(cell)
      ? cell.length === 0
        ? wanted.has('')
        : cell.some((item) => textOf(item) !== '' && wanted.has(textOf(item)))
      : wanted.has(textOf(cell));
}

function compileOperator(column: string, name: string, value: Cell): (cell: Cell) => boolean {
  if (name === 'not') {
    const same = equals(value);
    return (cell) => !same(cell);
  }
  if (name === 'contains') {
    const needle = textOf(value).toLowerCase();
    return (cell) => textOf(cell).toLowerCase().includes(needle);
  }
  if (name === 'gte') return (cell) => compareCells(cell, value) >= 0;
  if (name === 'lte') return (cell) => compareCells(cell, value) <= 0;
  throw new DatasetError(
    `The filter on ${column} uses "${name}", which is not known. Use a value, a list, or gte, lte, contains, not.`,
  );
}

/** A list equals a value when it holds it; empty text and missing are the same; 3 equals "3". */
function equals(value: Cell): (cell: Cell) => boolean {
  const wanted = textOf(value);
  return (cell) =>
    Array.isArray(cell)
      ? wanted === ''
        ? cell.length === 0
        : cell.some((item) => textOf(item) === wanted)
      : textOf(cell) === wanted;
}

/** Numbers by value where both are numbers, else by text; missing is below everything, and no bound holds for it. */
export function compareCells(a: Cell, b: Cell): number {
  const [left, right] = [textOf(a), textOf(b)];
  if (left === '' || right === '') return left === right ? 0 : NaN;
  const [x, y] = [Number(left), Number(right)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return left < right ? -1 : left > right ? 1 : 0;
}
