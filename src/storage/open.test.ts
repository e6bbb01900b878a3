// Opening: every released schema comes up to today's with its records, a migration that throws leaves all as it
// was, and no tab makes another one wait for ever.
import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it } from 'vitest';
import { closeStudio, onClosed, openStudio, openWith } from './open';
import { migrations, type Migration, type StudioDatabase } from './schema';
import { releasedSchemas } from './testing/released-schemas';

let databases = 0;
const freshName = (): string => `open-test-${databases++}`;
const opened: StudioDatabase[] = [];
async function open(...values: Parameters<typeof openWith>): Promise<StudioDatabase> {
  const db = await openWith(...values);
  opened.push(db);
  return db;
}
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});

async function contents(name: string): Promise<Record<string, unknown>> {
  const db = await openDB(name);
  const all: Record<string, unknown> = { version: db.version };
  for (const store of db.objectStoreNames)
    all[store] =
      store === 'facts' ? (await db.getAll(store)).filter((fact) => fact.name !== 'schema') : await db.getAll(store);
  db.close();
  return all;
}

/** A data base as that release left it. */
async function released(version: number): Promise<string> {
  const name = freshName();
  const db = await openWith(name, migrations.slice(0, version));
  for (const { store, key, value } of releasedSchemas[version - 1]!) {
    const tx = db.transaction([...db.objectStoreNames], 'readwrite');
    await Reflect.apply(tx.objectStore(store).put, tx.objectStore(store), key === undefined ? [value] : [value, key]);
    await tx.done;
  }
  db.close();
  return name;
}

describe('migrations', () => {
  it('has a fixture of every released schema', () => {
    expect(releasedSchemas.length).toBe(migrations.length);
  });

  for (let version = 1; version <= migrations.length; version++)
    it(`brings schema ${version} up with every record in place`, async () => {
      const name = await released(version);
      const before = await contents(name);
      await open(name, migrations);
      opened.pop()?.close();
      const after = await contents(name);
      expect(after).toMatchObject({ ...before, version: migrations.length });
      expect(Object.keys(after).length).toBeGreaterThanOrEqual(Object.keys(before).length);
    });

  const steps = 6;
  const failing = (at: number): Migration => ({
    name: 'fails',
    async up(db, tx) {
      const fault = (step: number): void => {
        if (step === at) throw new Error(`fault ${step}`);
      };
      fault(0);
      db.deleteObjectStore('deployments');
      const projects = tx.objectStore('projects');
      const all = await projects.getAll();
      fault(1);
      for (const project of all) await projects.put({ ...project, name: 'changed' });
      fault(2);
      await projects.clear();
      fault(3);
      await tx.objectStore('facts').put({ name: 'half', at: 1, value: 1 });
      fault(4);
      let cursor = await tx.objectStore('labels').openCursor();
      while (cursor) {
        await cursor.delete();
        cursor = await cursor.continue();
      }
      fault(5);
    },
  });
  for (let version = 1; version <= migrations.length; version++)
    for (let step = 0; step < steps; step++)
      it(`rolls back whole from schema ${version} with a fault at step ${step}`, async () => {
        const name = await released(version);
        const before = await contents(name);
        await expect(open(name, [...migrations, failing(step)])).rejects.toMatchObject({
          name: 'StorageError',
          message: expect.stringContaining(`fault ${step}`),
        });
        expect(await contents(name)).toEqual(before);
        const db = await open(name, migrations);
        expect(db.version).toBe(migrations.length);
      });
});

describe('two tabs', () => {
  it('lets a newer build through: the older tab closes and says so', async () => {
    const name = freshName();
    const reasons: string[] = [];
    const stop = onClosed((reason) => reasons.push(reason));
    await open(name, migrations);
    const newer = await open(name, [...migrations, { name: 'newer', up: () => undefined }]);
    expect(newer.version).toBe(migrations.length + 1);
    expect(reasons).toEqual(['upgraded-elsewhere']);
    await expect(open(name, migrations)).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining('newer version'),
    });
    stop();
  });

  it('refuses instead of waiting for a tab that does not close, and works once it has', async () => {
    const name = freshName();
    const stubborn = await openDB(name, 1);
    await expect(open(name, migrations, { blocked: 50, silent: 2000 })).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining('another tab'),
    });
    stubborn.close();
  });

  it('says that the data is lost when the browser deletes it', async () => {
    const name = freshName();
    const reasons: string[] = [];
    const stop = onClosed((reason) => reasons.push(reason));
    await open(name, migrations);
    await deleteDB(name);
    expect(reasons).toEqual(['lost']);
    stop();
  });

  it('opens again after the connection was closed', async () => {
    const db = await openStudio();
    await closeStudio();
    expect(await openStudio()).not.toBe(db);
  });
});
