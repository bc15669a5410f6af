/* getpid again and again, by the gate that is compiled in; the number of calls is the argument. */
#include <stdlib.h>
int main(int argc, char **argv) {
  long n = argc > 1 ? atol(argv[1]) : 0;
  for (long i = 0; i < n; i++) {
#if defined SYSENTER
    int nr = 20;
    __asm__ volatile("call *%%gs:0x10" : "+a"(nr) : : "memory");
#elif defined INT80
    int nr = 20;
    __asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
#else
    long nr = 39;
    __asm__ volatile("syscall" : "+a"(nr) : : "rcx", "r11", "memory");
#endif
  }
}
