// Compiled shaders by their text, compiled beside the running work, so that a first step does not stall the page.
import { DeviceError } from '../../src/contract/errors';
import type { GpuHealth } from './webgpu-health';

export class GpuPipelines {
  private readonly byText = new Map<string, Promise<GPUComputePipeline>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(
    private readonly device: GPUDevice,
    private readonly health: GpuHealth,
  ) {}

  /** For arrays bound in order, true for those that are written. */
  layout(written: readonly boolean[]): GPUBindGroupLayout {
    const key = written.map((each) => (each ? 'w' : 'r')).join('');
    const known = this.layouts.get(key);
    if (known) return known;
    const layout = this.device.createBindGroupLayout({
      entries: written.map((each, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: each ? 'storage' : 'read-only-storage' },
      })),
    });
    this.layouts.set(key, layout);
    return layout;
  }

  /**
   * The entry point is `main`. The layout is given, not found out from the shader, which may leave an array unused.
   * Rejects with DeviceError, naming `kernel`, where the adapter refuses the shader.
   */
  get(wgsl: string, kernel: string, written: readonly boolean[]): Promise<GPUComputePipeline> {
    const known = this.byText.get(wgsl);
    if (known) return known;
    const compiled = this.health.guard(this.compile(wgsl, kernel, this.layout(written)));
    this.byText.set(wgsl, compiled);
    compiled.catch(() => this.byText.delete(wgsl));
    return compiled;
  }

  get count(): number {
    return this.byText.size;
  }

  private async compile(wgsl: string, kernel: string, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ label: kernel, code: wgsl });
    const scope = this.device.popErrorScope();
    const compiling = this.device.createComputePipelineAsync({
      label: kernel,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const [refused, pipeline] = await Promise.all([
      scope,
      compiling.catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
    ]);
    if (refused || typeof pipeline === 'string')
      throw new DeviceError(
        `The graphics adapter refused the shader of ${kernel} (${(refused?.message ?? String(pipeline)).slice(0, 300)}). Choose wasm in Settings.`,
      );
    return pipeline;
  }
}
