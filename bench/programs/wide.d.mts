/** The source of wide.c. */
export declare function wideSource(): string
