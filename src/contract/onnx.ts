// What the ONNX worker can be asked. It computes with a base's ONNX file by ONNX Runtime, and trains nothing.

export type OnnxDevice = 'webgpu' | 'wasm';

export interface OnnxApi {
  /**
   * One vector a text, pooled and normalised as the base says. NotFoundError for a base that is gone, FormatError for a
   * file the runtime refuses. `device` is a wish: what does not start there runs on wasm.
   */
  embed(baseId: string, texts: string[], device: OnnxDevice): Promise<Float32Array[]>;
  /** Lets go of a base's session and memory. */
  unload(baseId: string): Promise<void>;
}
