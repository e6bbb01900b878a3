// IndexedDB for storage tests in Node; real browsers are covered in e2e.
import 'fake-indexeddb/auto';
