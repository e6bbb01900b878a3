// Single numbers of a step (step-log.ts); thread 0 alone.
export function loss_scaling(loss: usize, scaler: usize, out: usize, thread: i32, threads: i32): void {
  if (thread == 0) f32.store(out, f32.load(loss) * f32.load(scaler, 4));
}

export function step_log(log: usize, loss: usize, hyper: usize, control: usize, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const row = log + (<usize>f32.load(hyper, 14 << 2) << 4);
  f32.store(row, f32.load(loss) * f32.load(hyper, 9 << 2));
  f32.store(row, f32.load(control, 4 << 2), 4);
  f32.store(row, f32.load(control, 1 << 2), 8);
  f32.store(row, f32.load(control, 6 << 2), 12);
}
