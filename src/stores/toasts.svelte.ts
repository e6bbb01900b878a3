// Short messages at the foot of the page: what was done, with ten seconds to take it back.

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  /** Shown as a button; the toast goes when it is pressed. */
  action?: { title: string; act: () => void | Promise<void> };
  detail?: string;
}

class Toasts {
  list: Toast[] = $state.raw([]);
  #next = 1;
  #timers: { id: number; timer: ReturnType<typeof setTimeout> }[] = [];

  /** Shows a message; `seconds` 0 keeps it until closed. Returns its number for `close`. */
  show(toast: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }, seconds = 10): number {
    const id = this.#next++;
    this.list = [...this.list.slice(-3), { tone: 'plain', ...toast, id }];
    this.#start(id, seconds);
    return id;
  }
  /** What was done, with "Undo". */
  undoable(text: string, undo: () => void | Promise<void>): number {
    return this.show({ text, action: { title: 'Undo', act: undo } });
  }
  /** A refusal, in its own words. Stays twice as long. */
  failed(error: unknown, what?: string): number {
    const message = error instanceof Error ? error.message : String(error);
    return this.show({ text: what ? `${what} ${message}` : message, tone: 'bad' }, 20);
  }
  close(id: number): void {
    this.hold(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }
  /** Held while the pointer or focus is on it. */
  hold(id: number): void {
    for (const { timer } of this.#timers.filter((timed) => timed.id === id)) clearTimeout(timer);
    this.#timers = this.#timers.filter((timed) => timed.id !== id);
  }
  release(id: number): void {
    this.#start(id, 5);
  }
  #start(id: number, seconds: number): void {
    this.hold(id);
    if (seconds > 0) this.#timers.push({ id, timer: setTimeout(() => this.close(id), seconds * 1000) });
  }
}

export const toasts = new Toasts();
