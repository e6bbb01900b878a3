// For the start-up check that this engine's multiply-add computes what it should.
import { madd } from './simd.as';

export function madd_check(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
}
