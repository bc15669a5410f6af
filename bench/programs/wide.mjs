/** Writes wide.c: 2,000 functions, each run once a round, so that code is wide and loops are not hot. */
export function wideSource() {
  const count = 2000
  const functions = Array.from({ length: count }, (_, i) =>
    `static unsigned f${i}(unsigned x) { unsigned y = x ^ ${i}u; y += table[(y >> ${i % 20}) & 255]; if (y & ${1 << (i % 12)}) y = y * ${2 * i + 3}u - x; else y ^= x << ${1 + (i % 9)}; table[y & 255] ^= y + ${i}u; return y; }`)
  return `#include <stdio.h>
static unsigned table[256];
${functions.join('\n')}
int main(void) {
  unsigned x = 1;
  for (int round = 0; round < 400; round++) {
${functions.map((_, i) => `    x = f${i}(x);`).join('\n')}
  }
  printf("%u\\n", x);
}
`
}
