/*
 * Runs single instructions on this machine's processor. Reads records from standard input until its end and writes each
 * back with what the instruction left: the FXSAVE image, 128 bytes of memory at [rdi], rax, flags and the exception.
 *
 *   0  u8 length, u8 code[15]      32  u8 memory[128]
 *  16  u64 rax                    160  u8 fxsave[512]
 *  24  u32 eflags, u32 trap number of the exception (0: none)
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct record {
  uint8_t length, code[15];
  uint64_t rax;
  uint32_t eflags, trap;
  uint8_t memory[128] __attribute__((aligned(16)));
  uint8_t fxsave[512] __attribute__((aligned(16)));
} __attribute__((aligned(16)));

static sigjmp_buf back;
static struct record *current;

static void on_signal(int sig, siginfo_t *info, void *context)
{
  ucontext_t *uc = context;
  (void)sig, (void)info;
  memcpy(current->fxsave, uc->uc_mcontext.fpregs, 416);
  current->rax = uc->uc_mcontext.gregs[REG_RAX];
  current->eflags = uc->uc_mcontext.gregs[REG_EFL];
  current->trap = uc->uc_mcontext.gregs[REG_TRAPNO];
  siglongjmp(back, 1);
}

int main(void)
{
  static const uint8_t before[] = {
    0x48, 0x0f, 0xae, 0x0a,       /* fxrstor64 [rdx] */
    0xff, 0x76, 0x18, 0x9d,       /* push qword [rsi+24]; popfq */
    0x48, 0x8b, 0x46, 0x10,       /* mov rax, [rsi+16] */
  };
  static const uint8_t after[] = {
    0x48, 0x89, 0x46, 0x10,       /* mov [rsi+16], rax */
    0x9c, 0x8f, 0x46, 0x18,       /* pushfq; pop qword [rsi+24] */
    0x48, 0x0f, 0xae, 0x02,       /* fxsave64 [rdx] */
    0xdb, 0xe3, 0xc3,             /* fninit; ret */
  };
  uint8_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static uint8_t stack[65536];
  stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
  struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  static struct record record;
  const int signals[] = { SIGFPE, SIGSEGV, SIGILL, SIGBUS };
  uint32_t mxcsr = 0x1f80;

  sigaltstack(&alternate, 0);
  for (unsigned i = 0; i < 4; i++)
    sigaction(signals[i], &action, 0);
  memcpy(page, before, sizeof before);
  current = &record;
  while (fread(&record, sizeof record, 1, stdin) == 1) {
    uint64_t flags = record.eflags;
    memcpy(page + sizeof before, record.code, record.length);
    memcpy(page + sizeof before + record.length, after, sizeof after);
    record.trap = 0;
    (void)flags;
    if (!sigsetjmp(back, 1))
      ((void (*)(void *, void *, void *))page)(record.memory, &record, record.fxsave);
    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
    record.eflags &= 0xcd5;
    fwrite(&record, sizeof record, 1, stdout);
  }
  return 0;
}
