// Small measured facts about this device (truth test, timings), by name. Values are the writer's business.
import { openStudio } from './open';
import { write } from './transact';

export interface Fact {
  name: string;
  at: number;
  value: unknown;
}

export async function getFact(name: string): Promise<Fact | null> {
  const db = await openStudio();
  return (await db.get('facts', name)) ?? null;
}

export async function putFact(name: string, value: unknown, at = Date.now()): Promise<void> {
  await write(['facts'], async (tx) => void (await tx.objectStore('facts').put({ name, at, value })), { quiet: true });
}
