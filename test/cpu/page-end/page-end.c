/* What the processor makes of an instruction that the end of a page cuts. Prefix, map and opcode are the last bytes of a
   page and the next one is not there. One character per opcode: f the fetch of the next page faults, u #UD, g #GP, .
   anything else: the instruction is complete and was executed. - is left out.
   usage: page-end > x86_64.txt          (or i386.txt, built with -m32) */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char *page;
static char stack[65536];

/* Exit status of a child that a signal ended: the character. */
static void handler(int signal, siginfo_t *info, void *context) {
  (void)context;
  if (signal == SIGSEGV && info->si_addr == page + 4096) _exit('f');
  if (signal == SIGSEGV && info->si_code == SI_KERNEL) _exit('g');
  _exit(signal == SIGILL ? 'u' : '.');
}

static char outcome(const unsigned char *bytes, int length) {
  unsigned char *at = page + 4096 - length;
  memcpy(at, bytes, length);
  fflush(stdout);
  const int child = fork();
  if (child == 0) {
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int signal = 1; signal < 32; signal++) sigaction(signal, &action, NULL);
    alarm(2);
    ((void (*)(void))at)();
    _exit('.');
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && strchr("fug", WEXITSTATUS(status)) ? WEXITSTATUS(status) : '.';
}

/* Where processors of different makers differ: INT1, SYSCALL, SYSRET, SYSENTER, SYSEXIT; UD1 and UD0, which have a ModRM
   byte on Intel's and none on AMD's. And what depends on registers or the stack: string instructions and XLAT, far
   returns, POPF, pops of segment registers. */
static int leftOut(int twoBytes, int opcode) {
  static const unsigned char one[] = {0x07, 0x17, 0x1f, 0x9d, 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xcb, 0xcf, 0xd7, 0xf1};
  static const unsigned char two[] = {0x05, 0x07, 0x34, 0x35, 0xa1, 0xa9, 0xb9, 0xff};
  return twoBytes ? memchr(two, opcode, sizeof two) != NULL : memchr(one, opcode, sizeof one) != NULL;
}

int main(void) {
  static const unsigned char prefixes[] = {0, 0x66, 0xf2, 0xf3, 0xf0, 0x48};
  page = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  for (unsigned p = 0; p < sizeof prefixes; p++)
    for (int twoBytes = 0; twoBytes < 2; twoBytes++)
      for (int high = 0; high < 256; high += 64) {
        printf("%02x %s %02x ", prefixes[p], twoBytes ? "0f" : "--", high);
        for (int opcode = high; opcode < high + 64; opcode++) {
          unsigned char bytes[3];
          int length = 0;
          if (prefixes[p] != 0) bytes[length++] = prefixes[p];
          if (twoBytes) bytes[length++] = 0x0f;
          bytes[length++] = opcode;
          putchar(leftOut(twoBytes, opcode) ? '-' : outcome(bytes, length));
        }
        putchar('\n');
      }
  return 0;
}
