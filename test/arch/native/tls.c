/* set_thread_area and get_thread_area with every combination of flags; what LAR and LSL say of the descriptor. Build with -m32. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <errno.h>

struct desc { int32_t entry; uint32_t base, limit, flags; };
static int first = 1;

static void one(struct desc in) {
  struct desc d = in, got;
  errno = 0;
  int r = syscall(SYS_set_thread_area, &d);
  int e = r < 0 ? -errno : 0;
  memset(&got, 0, sizeof got);
  got.entry = d.entry;
  int g = syscall(SYS_get_thread_area, &got);
  int ge = g < 0 ? -errno : 0;
  uint32_t sel = (uint32_t)d.entry << 3 | 3, ar = 0, limit = 0;
  if (!e) __asm__ volatile("lar %2,%0; jz 1f; xor %0,%0; 1: lsl %2,%1; jz 2f; xor %1,%1; 2:" : "=&r"(ar), "=&r"(limit) : "r"(sel) : "cc");
  printf("%s\n[[%d,%u,%u,%u],%d,%d,%d,[%d,%u,%u,%u],%u,%u]", first ? "" : ",", in.entry, in.base, in.limit, in.flags, e, d.entry, ge, got.entry, got.base, got.limit, got.flags, ar, limit);
  first = 0;
  if (!e) { struct desc empty = { d.entry, 0, 0, 0x28 }; syscall(SYS_set_thread_area, &empty); }
}

int main(void) {
  printf("[");
  for (int flags = 0; flags < 256; flags++) {
    one((struct desc){ 13, 0x12345678, 0xfedcb, flags });
    one((struct desc){ 13, 0, 0, flags });
  }
  for (int entry = -2; entry < 20; entry++) if (entry != 12) one((struct desc){ entry, 0x1000, 0xfffff, 0x51 });
  one((struct desc){ 14, 0xffffffff, 0x12345, 0x41 });
  printf("\n]\n");
  return 0;
}
