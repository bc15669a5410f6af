/* A tight loop: dependent integer work, no memory. */
#include <stdio.h>
int main(void) {
  unsigned x = 1;
  for (unsigned i = 0; i < 100000000u; i++) { x = x * 1664525u + 1013904223u; x ^= x >> 7; }
  printf("%u\n", x);
}
