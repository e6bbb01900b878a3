import type { Plugin } from 'vite';
export declare function buildKernels(): Promise<void>;
export declare function kernels(): Plugin;
