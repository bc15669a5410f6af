export function sine(): void {}
export function cosine(): void {}
export function sineCosine(): void {}
export function exponential(): void {}
export function logarithm(): void {}
export function logarithmPlus1(): void {}
export function partialTangent(): void {}
export function partialArctangent(): void {}
