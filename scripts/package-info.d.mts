export declare const root: URL
export declare const packageJson: {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
export declare const entries: readonly { readonly specifier: string; readonly name: string; readonly source: string }[]
