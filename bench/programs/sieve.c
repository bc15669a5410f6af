/* Byte stores and loads over half a megabyte. */
#include <stdio.h>
#include <string.h>
static unsigned char composite[1 << 19];
int main(void) {
  unsigned count = 0;
  for (int round = 0; round < 20; round++) {
    memset(composite, 0, sizeof composite);
    count = 0;
    for (unsigned i = 2; i < sizeof composite; i++) {
      if (composite[i]) continue;
      count++;
      for (unsigned j = i * 2; j < sizeof composite; j += i) composite[j] = 1;
    }
  }
  printf("%u\n", count);
}
