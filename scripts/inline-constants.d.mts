import type { Plugin } from 'esbuild'

export declare class Sources {}
export declare function inlined(path: string, sources: Sources): string
export declare function inlineConstants(): Plugin
