import { describe, expect, it } from 'vitest';
import { boxAt, flameOf, flameTable, type FlameCall } from './flame';

const call = (name: string, path: string[], startMs: number, durationMs = 1): FlameCall => ({
  name,
  path,
  startMs,
  durationMs,
  detail: '',
});

describe('flame chart', () => {
  const calls = [
    call('MatMul', ['forward', 'layer 1'], 0),
    call('Gelu', ['forward', 'layer 1'], 1),
    call('MatMul', ['forward', 'layer 2'], 2),
    call('MatMul', ['backward', 'layer 2'], 3),
    call('AdamW', ['optimizer'], 4, 2),
  ];

  it('joins neighbours on the same path and keeps every call in the last row', () => {
    const { boxes, rows, endMs } = flameOf(calls);
    const row = (depth: number) => boxes.filter((box) => box.depth === depth).map((box) => box.name);
    expect(rows).toBe(3);
    expect(endMs).toBe(6);
    expect(row(0)).toEqual(['forward', 'backward', 'optimizer']);
    expect(row(1)).toEqual(['layer 1', 'layer 2', 'layer 2']);
    expect(row(2)).toEqual(['MatMul', 'Gelu', 'MatMul', 'MatMul', 'AdamW']);
    expect(boxes.find((box) => box.name === 'forward')).toMatchObject({ startMs: 0, endMs: 3, calls: [0, 2] });
  });

  it('does not join the same name under another parent', () => {
    const names = flameOf([call('A', ['x', 'same'], 0), call('B', ['y', 'same'], 1)]).boxes.filter(
      (box) => box.name === 'same',
    );
    expect(names).toHaveLength(2);
  });

  it('finds the box under a point, and nothing beside them', () => {
    const flame = flameOf(calls);
    expect(boxAt(flame, 1.5, 1)?.name).toBe('layer 1');
    expect(boxAt(flame, 5, 1)).toBeNull();
    expect(boxAt(flame, 99, 0)).toBeNull();
  });

  it('is empty without calls', () => {
    expect(flameOf([])).toEqual({ boxes: [], rows: 0, endMs: 0 });
    expect(flameTable([]).rows).toEqual([]);
  });
});
