// Which of the frame's own sheets is open. One at a time.

export type FrameSheet = 'palette' | 'keys' | 'device' | 'storage' | 'offline' | 'paste';

class Frame {
  sheet: FrameSheet | null = $state(null);
  /** What a screen wants its title to be, beside its name: the run, the data set. */
  subject: string = $state('');

  /** Text that was pasted where nothing takes text: what the paste sheet begins with. */
  pasted: string = $state('');

  toggle(sheet: FrameSheet): void {
    this.sheet = this.sheet === sheet ? null : sheet;
  }
  close(): void {
    this.sheet = null;
    this.pasted = '';
  }
}

export const frame = new Frame();
