// A device that computes a kernel wrong and has no safe form of it. Named as every refusal of a device; a class of its
// own, so that another backend can be tried. Apart from trust.ts, which loads every kernel.
import { DeviceError } from '../../src/contract/errors';

export class UntrustedError extends DeviceError {}
