// The hash of a run's rows: equal for equal rows, another for whatever changes the model.
import { describe, expect, it } from 'vitest';
import type { TaskData } from '../src/tasks/task';
import { hashRows } from './freeze';
import { topicRows } from './testing/classifier-rows';

describe('the hash of the rows', () => {
  const weighted = (weight: number): TaskData => {
    const data = topicRows();
    data.splits.train.weights[0] = weight;
    return data;
  };

  it('is the same for the same rows and another for another weight', async () => {
    const hash = await hashRows(weighted(1));
    expect(await hashRows(weighted(1))).toBe(hash);
    expect(await hashRows(weighted(2))).not.toBe(hash);
  });
});
