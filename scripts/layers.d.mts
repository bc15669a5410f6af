export declare const layers: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>>
export declare const nodeLayers: readonly string[]
export declare const packages: Readonly<Record<string, readonly string[]>>
export declare const hostLayers: readonly string[]
