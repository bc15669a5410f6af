/* What the real machine does at each way into the kernel. Prints JSON; see ../goldens. Build with -m64 and -m32. */
#include "regs.h"
#include <sys/auxv.h>
#include <sys/personality.h>

static char altstack[65536];
static word in[NREGS], out[NREGS];
static word code_ip;
static int traps, trap_limit, trap_offsets[64];

static void show_signal(int sig, siginfo_t *si, ucontext_t *uc) {
  word r[NREGS];
#ifdef __x86_64__
  static const int g[] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_EFL, REG_RIP };
  word cs = uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff;
  word cr2 = uc->uc_mcontext.gregs[REG_CR2];
#else
  static const int g[] = { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI, REG_EFL, REG_EIP };
  word cs = uc->uc_mcontext.gregs[REG_CS] & 0xffff;
  word cr2 = uc->uc_mcontext.cr2;
#endif
  for (int i = 0; i < NREGS; i++) r[i] = uc->uc_mcontext.gregs[g[i]];
  printf("\"signal\":{\"nr\":%d,\"code\":%d,\"addr\":" WORD ",\"trapno\":%d,\"err\":%d,\"cs\":%d,\"cr2\":" WORD ",\"offset\":%d,",
    sig, si->si_code, (word)si->si_addr, (int)uc->uc_mcontext.gregs[REG_TRAPNO], (int)uc->uc_mcontext.gregs[REG_ERR], (int)cs, cr2, (int)(r[IP] - code_ip));
  show("regs", r);
  printf("}}");
  fflush(stdout);
  _exit(0);
}
static void on_signal(int sig, siginfo_t *si, void *ctx) {
  ucontext_t *uc = ctx;
#ifdef __x86_64__
  word ip = uc->uc_mcontext.gregs[REG_RIP];
#else
  word ip = uc->uc_mcontext.gregs[REG_EIP];
#endif
  if (sig == SIGTRAP && trap_limit) {
    trap_offsets[traps++] = (int)(ip - code_ip);
    if (traps == trap_limit) uc->uc_mcontext.gregs[REG_EFL] &= ~0x100;
    return;
  }
  show_signal(sig, si, uc);
}

static void catch_all(void) {
  stack_t ss = { .ss_sp = altstack, .ss_size = sizeof altstack };
  sigaltstack(&ss, 0);
  struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  int all[] = { SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSYS };
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) sigaction(all[i], &sa, 0);
}

static void markers(void) {
  for (int i = 0; i < NREGS; i++) in[i] = (word)0x1122334455667700ull + i + ((word)(i + 1) << 16);
  in[FLAGS] = 0x202;
}

/* Runs code bytes with registers `in`; the child prints what comes of it. */
static void run(const char *name, const void *code, int n) {
  begin(name);
  printf("\"pid\":%s,", "\"@pid\"");
  fflush(stdout);
  if (fork() == 0) {
    catch_all();
    code_ip = (word)put(page, code, n);
    in[IP] = code_ip;
    word pid = getpid();
    word shown[NREGS];
    memcpy(shown, in, sizeof in);
    shown[SP] = 0;
    printf("\"child\":%d,\"length\":%d,\"code\":" WORD ",", (int)pid, n, code_ip);
    show("in", shown);
    printf(",");
    fflush(stdout);
    run_code(in, out, page);
    out[SP] = done_sp - saved_sp;
    show("out", out);
    if (traps) {
      printf(",\"traps\":[");
      for (int i = 0; i < traps; i++) printf("%s%d", i ? "," : "", trap_offsets[i]);
      printf("]");
    }
    printf("}");
    fflush(stdout);
    _exit(0);
  }
  int status;
  wait(&status);
  if (WIFSIGNALED(status)) printf("\"killed\":%d}", WTERMSIG(status));
  fflush(stdout);
}

static const unsigned char SYSCALL[] = { 0x0f, 0x05 }, INT80[] = { 0xcd, 0x80 }, SYSENTER[] = { 0x0f, 0x34 };

int main(void) {
  page = mmap(0, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("[");
#ifdef __x86_64__
  markers(); in[AX] = 39; run("syscall getpid", SYSCALL, 2);
  markers(); in[AX] = 0xdeadbeef00000027; run("syscall getpid, garbage above 32 bits", SYSCALL, 2);
  markers(); in[AX] = -1; run("syscall -1", SYSCALL, 2);
  markers(); in[AX] = 0xffffffff; run("syscall 0xffffffff", SYSCALL, 2);
  markers(); in[AX] = 0x40000027; run("syscall x32 getpid", SYSCALL, 2);
  markers(); in[AX] = 0x80000027; run("syscall 0x80000027", SYSCALL, 2);
  markers(); in[AX] = 5000; run("syscall 5000", SYSCALL, 2);
  markers(); in[AX] = 39; in[FLAGS] = 0x244ed7; run("syscall getpid, flags CF PF AF ZF SF IF DF OF NT AC ID", SYSCALL, 2);
  markers(); in[AX] = 20; run("int80 getpid", INT80, 2);
  markers(); in[AX] = 0xdeadbeef00000014; run("int80 getpid, garbage above 32 bits", INT80, 2);
  markers(); in[AX] = 132; in[BX] = 0xdeadbeef00000000; run("int80 getpgid 0, garbage above 32 bits of the argument", INT80, 2);
  markers(); in[AX] = -1; run("int80 -1", INT80, 2);
  markers(); in[AX] = 20; in[FLAGS] = 0x244ed7; run("int80 getpid, flags CF PF AF ZF SF IF DF OF NT AC ID", INT80, 2);
  markers(); in[AX] = 20; run("sysenter", SYSENTER, 2);
  { unsigned char code[] = { 0x0f, 0x05, 0x90, 0x90 }; markers(); in[AX] = 39; in[FLAGS] = 0x302; trap_limit = 3; run("syscall getpid under TF", code, 4); trap_limit = 0; }
  { unsigned char code[] = { 0xcd, 0x80, 0x90, 0x90 }; markers(); in[AX] = 20; in[FLAGS] = 0x302; trap_limit = 3; run("int80 getpid under TF", code, 4); trap_limit = 0; }
  { /* rip after the instruction is TASK_SIZE_MAX */
    unsigned char *low = page, *last = mmap((void *)0x7fffffffe000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (last == (void *)0x7fffffffe000) {
      unsigned char code[14] = { 0xff, 0x25, 0, 0, 0, 0 };
      void *to = last + 4094; memcpy(code + 6, &to, 8);
      memcpy(last + 4094, SYSCALL, 2);
      markers(); in[AX] = 39; run("syscall at the end of user space", code, 14);
      memcpy(last + 4094, INT80, 2);
      markers(); in[AX] = 20; run("int80 at the end of user space", code, 14);
    }
    page = low;
  }
#else
  markers(); in[AX] = 20; run("int80 getpid", INT80, 2);
  markers(); in[AX] = -1; run("int80 -1", INT80, 2);
  markers(); in[AX] = 0x40000014; run("int80 0x40000014", INT80, 2);
  markers(); in[AX] = 20; in[FLAGS] = 0x244ed7; run("int80 getpid, flags CF PF AF ZF SF IF DF OF NT AC ID", INT80, 2);
  { /* call *__kernel_vsyscall */
    unsigned char code[7] = { 0xb8 };
    unsigned char vs[] = { 0xbd, 0, 0, 0, 0, 0xff, 0xd5 }; (void)code;
    word at = getauxval(AT_SYSINFO); memcpy(vs + 1, &at, 4);
    markers(); in[AX] = 20; run("vsyscall getpid", vs, 7);
    markers(); in[AX] = 20; in[FLAGS] = 0x244ed7; run("vsyscall getpid, flags CF PF AF ZF SF IF DF OF NT AC ID", vs, 7);
    markers(); in[AX] = 0x7fffffff; run("vsyscall 0x7fffffff", vs, 7);
  }
  markers(); in[AX] = 20; run("sysenter", SYSENTER, 2);
  { /* a stack that cannot be read: -EFAULT, then the landing pad's pop faults */
    unsigned char code[] = { 0xbc, 0x10, 0, 0, 0, 0x0f, 0x05 };
    markers(); in[AX] = 20; run("syscall with a bad stack", code, 7);
  }
  { unsigned char code[] = { 0xcd, 0x80, 0x90, 0x90 }; markers(); in[AX] = 20; in[FLAGS] = 0x302; trap_limit = 3; run("int80 getpid under TF", code, 4); trap_limit = 0; }
#endif
  for (int n = 0; n < 256; n++) {
    if (n == 0x80) continue;
    char name[32]; unsigned char code[] = { 0xcd, n };
    sprintf(name, "int %d", n);
    markers(); in[AX] = 20; run(name, code, 2);
  }
  { unsigned char code[] = { 0xcc }; markers(); run("int3", code, 1); }
  { unsigned char code[] = { 0xf1 }; markers(); run("int1", code, 1); }
#ifndef __x86_64__
  { unsigned char code[] = { 0xce }; markers(); in[FLAGS] = 0xa02; run("into", code, 1); }
#endif
  { unsigned char code[] = { 0x0f, 0x0b }; markers(); run("ud2", code, 2); }
  { unsigned char code[] = { 0xf4 }; markers(); run("hlt", code, 1); }
  printf("\n]\n");
  return 0;
}
