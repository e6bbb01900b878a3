// Plain JavaScript: always there, the reference for the others, and the last resort.
import { loadTensorflow } from './tensorflow';

export async function startCpu(): Promise<void> {
  const tf = await loadTensorflow();
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  await tf.ready();
}
