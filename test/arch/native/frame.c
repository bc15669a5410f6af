/* Signal frames as the real kernel lays them out: all registers set, one signal, the frame's bytes in hexadecimal. -m64 and -m32. */
#include "regs.h"
#include <sys/auxv.h>
#include <sys/syscall.h>

static word in[NREGS], out[NREGS];
static char altstack[65536];
static int first_case = 1;
#ifdef __x86_64__
#define FRAME 440
struct ksa { void *handler; unsigned long flags; void *restorer; unsigned long mask; };
__asm__(".text\nhandler_entry: mov %rsp, %rdi; mov %rsi, %r12; mov %rdx, %r13; and $-16, %rsp; mov %r12, %rsi; mov %r13, %rdx; call handler_c\nrestore: mov $15, %eax; syscall\n");
#else
#define FRAME 732
struct ksa { void *handler; unsigned long flags; void *restorer; unsigned long mask[2]; };
__asm__(".text\nhandler_entry: mov %eax, h_eax; mov %edx, h_edx; mov %ecx, h_ecx; mov %esp, %eax; and $-16, %esp; sub $12, %esp; push %eax; call handler_c\nrestore: mov $173, %eax; int $0x80\n");
word h_eax, h_edx, h_ecx;
#endif
extern char handler_entry[], restore[];
static int size, rt;
static word entry_flags;

__attribute__((used)) void handler_c(unsigned char *frame, word si, word dx) {
  unsigned char copy[1024];
  memcpy(copy, frame, size);
  printf("\"frame\":" WORD ",\"bytes\":\"", (word)frame);
  for (int i = 0; i < size; i++) printf("%02x", copy[i]);
#ifdef __x86_64__
  word fp; memcpy(&fp, copy + 232, 8);
  printf("\",\"fpstate\":" WORD ",\"rsi\":" WORD ",\"rdx\":" WORD ",", fp, si, dx);
  unsigned char *fx = (unsigned char *)fp;
#else
  uint32_t fp; memcpy(&fp, copy + (rt ? 164 : 8) + 76, 4);
  printf("\",\"fpstate\":" WORD ",\"eax\":" WORD ",\"edx\":" WORD ",\"ecx\":" WORD ",", fp, h_eax, h_edx, h_ecx);
  unsigned char *fx = (unsigned char *)fp + 112;
  printf("\"fsave\":\"");
  for (int i = 0; i < 112; i++) printf("%02x", ((unsigned char *)fp)[i]);
  printf("\",");
#endif
  printf("\"fxsave\":\"");
  for (int i = 0; i < 512; i++) printf("%02x", fx[i]);
  uint32_t xsize; memcpy(&xsize, fx + 464 + 16, 4);
  printf("\",\"xstate\":%u,\"altstack\":" WORD ",\"restorer\":" WORD "}", xsize, (word)altstack, (word)restore);
  fflush(stdout);
  _exit(0);
}

static void run(const char *name, unsigned long flags, int alt, word eflags) {
  printf("%s\n{\"case\":\"%s\",", first_case ? "" : ",", name);
  first_case = 0;
  fflush(stdout);
  if (fork() == 0) {
    struct ksa sa = { handler_entry, flags, restore };
    if (alt) { stack_t ss = { .ss_sp = altstack, .ss_size = sizeof altstack }; sigaltstack(&ss, 0); }
    rt = (flags & 4) != 0;
#ifdef __x86_64__
    size = FRAME;
#else
    size = rt ? 268 : 732;
#endif
    syscall(SYS_rt_sigaction, SIGILL, &sa, 0, 8);
    unsigned long mask[2] = { 0x00000200, 0 }; /* SIGUSR1 */
#ifdef __x86_64__
    mask[0] |= 1ul << 39;
#else
    mask[1] = 1 << 7;
#endif
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, 0, 8);
    for (int i = 0; i < NREGS; i++) in[i] = (word)0x1122334455667700ull + i + ((word)(i + 1) << 16);
    in[FLAGS] = eflags;
    unsigned char code[] = { 0xd9, 0xe8, 0xd9, 0xee, 0xd9, 0xeb, 0x0f, 0x0b }; /* fld1; fldz; fldpi; ud2 */
    in[IP] = (word)put(page, code, 8) + 6;
    word shown[NREGS]; memcpy(shown, in, sizeof in);
    printf("\"flags\":%lu,\"maskLow\":%lu,\"maskHigh\":%lu,", flags, mask[0] & 0xffffffff, sizeof(long) == 8 ? mask[0] >> 32 : mask[1]);
    show("in", shown);
    printf(",");
    fflush(stdout);
    run_code(in, out, page);
    _exit(1);
  }
  int status; wait(&status);
  if (!WIFEXITED(status) || WEXITSTATUS(status)) printf("\"failed\":%d}", status);
}

int main(void) {
  page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("[");
  const unsigned long SIGINFO = 4, RESTORER = 0x04000000, ONSTACK = 0x08000000;
  run("rt", SIGINFO | RESTORER, 0, 0x202);
  run("rt, flags", SIGINFO | RESTORER, 0, 0x200ed7);
  run("rt, altstack", SIGINFO | RESTORER | ONSTACK, 1, 0x202);
  run("no SA_SIGINFO", RESTORER, 0, 0x202);
#ifndef __x86_64__
  run("no restorer", 0, 0, 0x202);
  run("rt, no restorer", SIGINFO, 0, 0x202);
  run("no SA_SIGINFO, altstack", RESTORER | ONSTACK, 1, 0x202);
#endif
  printf("\n]\n");
  return 0;
}
