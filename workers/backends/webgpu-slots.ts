// Buffers for temporaries, shared by all plans of a session: plans never run at the same time, so a bucket of another
// length works in the same memory. Outputs lie in slots of their own plan for as long as it lives.
import type { GpuMemory } from './webgpu-buffers';

interface Held {
  buffer: GPUBuffer;
  /** Plans that use it. */
  users: number;
}

export class GpuSlots {
  private held: Held[] = [];
  private readonly reserved = new WeakSet<Held>();

  constructor(private readonly memory: GpuMemory) {}

  /** Buffers at least as large as asked, all different. `alone[i]` is for this plan only. */
  take(words: readonly number[], alone: readonly boolean[] = []): GPUBuffer[] {
    const taken = new Set<Held>();
    const buffers = new Array<GPUBuffer>(words.length);
    const order = words.map((_, index) => index).sort((a, b) => (words[b] ?? 0) - (words[a] ?? 0) || a - b);
    const fresh: Held[] = [];
    for (const slot of order) {
      const size = (words[slot] ?? 0) * 4;
      const fitting = alone[slot]
        ? undefined
        : this.held
            .filter((each) => !taken.has(each) && !this.reserved.has(each) && each.buffer.size >= size)
            .sort((a, b) => a.buffer.size - b.buffer.size)[0];
      const chosen = fitting ?? { buffer: this.memory.allocate(words[slot] ?? 0, 'an array of a step'), users: 0 };
      if (!fitting) fresh.push(chosen);
      if (alone[slot]) this.reserved.add(chosen);
      taken.add(chosen);
      chosen.users += 1;
      buffers[slot] = chosen.buffer;
    }
    this.held.push(...fresh);
    return buffers;
  }

  give(buffers: readonly GPUBuffer[]): void {
    const given = new Set(buffers);
    for (const each of this.held) if (given.has(each.buffer)) each.users -= 1;
    for (const each of this.held) if (each.users <= 0) this.memory.free(each.buffer);
    this.held = this.held.filter((each) => each.users > 0);
  }

  bytes(): number {
    return this.held.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  dispose(): void {
    for (const each of this.held) this.memory.free(each.buffer);
    this.held = [];
  }
}
