// IndexedDB for storage tests in Node; real browsers are covered in e2e. Property tests draw from one seed, so that
// a run tells about the change at hand and not about the day; `FC_SEED=<number>` looks elsewhere.
import 'fake-indexeddb/auto';
import fc from 'fast-check';

fc.configureGlobal({
  seed: Number(process.env['FC_SEED'] ?? 4777),
  // Making a failing example small can go on for ever; what was found by then is told.
  interruptAfterTimeLimit: 20_000,
});
