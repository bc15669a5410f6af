/* Runs one instruction sequence with all registers set, and records all registers after it. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <ucontext.h>

#ifdef __x86_64__
/* rax rcx rdx rbx (rsp) rbp rsi rdi r8..r15 rflags rip */
enum { AX, CX, DX, BX, SP, BP, SI, DI, FLAGS = 16, IP, NREGS };
extern void run_code(uint64_t *in, uint64_t *out, void *code);
__asm__(
  ".text\n.globl run_code\nrun_code:\n"
  "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
  "mov %rsi, saved_out(%rip); mov %rsp, saved_sp(%rip); mov %rdx, code_at(%rip)\n"
  "pushq 128(%rdi); mov %rdi, %rax\n"
  "mov 8(%rax),%rcx; mov 16(%rax),%rdx; mov 24(%rax),%rbx; mov 40(%rax),%rbp; mov 48(%rax),%rsi; mov 56(%rax),%rdi\n"
  "mov 64(%rax),%r8; mov 72(%rax),%r9; mov 80(%rax),%r10; mov 88(%rax),%r11; mov 96(%rax),%r12; mov 104(%rax),%r13; mov 112(%rax),%r14; mov 120(%rax),%r15\n"
  "mov (%rax),%rax; popfq; jmp *code_at(%rip)\n"
  ".globl run_done\nrun_done:\n"
  "mov %rsp, done_sp(%rip); mov saved_sp(%rip), %rsp; pushfq; push %rax; mov saved_out(%rip), %rax\n"
  "popq (%rax); popq 128(%rax)\n"
  "mov %rcx,8(%rax); mov %rdx,16(%rax); mov %rbx,24(%rax); mov %rbp,40(%rax); mov %rsi,48(%rax); mov %rdi,56(%rax)\n"
  "mov %r8,64(%rax); mov %r9,72(%rax); mov %r10,80(%rax); mov %r11,88(%rax); mov %r12,96(%rax); mov %r13,104(%rax); mov %r14,112(%rax); mov %r15,120(%rax)\n"
  "pushq $0x202; popfq; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
  ".data\n.globl saved_sp\nsaved_out: .quad 0\nsaved_sp: .quad 0\ncode_at: .quad 0\ndone_sp: .quad 0\n.text\n");
typedef uint64_t word;
#define WORD "\"0x%lx\""
static const char *const names[] = { "rax","rcx","rdx","rbx","rsp","rbp","rsi","rdi","r8","r9","r10","r11","r12","r13","r14","r15","rflags","rip" };
#else
enum { AX, CX, DX, BX, SP, BP, SI, DI, FLAGS, IP, NREGS };
extern void run_code(uint32_t *in, uint32_t *out, void *code);
__asm__(
  ".text\n.globl run_code\nrun_code:\n"
  "mov 4(%esp),%eax; mov 8(%esp),%ecx; mov 12(%esp),%edx\n"
  "push %ebx; push %ebp; push %esi; push %edi\n"
  "mov %ecx, saved_out; mov %esp, saved_sp; mov %edx, code_at\n"
  "pushl 32(%eax)\n"
  "mov 4(%eax),%ecx; mov 8(%eax),%edx; mov 12(%eax),%ebx; mov 20(%eax),%ebp; mov 24(%eax),%esi; mov 28(%eax),%edi\n"
  "mov (%eax),%eax; popfl; jmp *code_at\n"
  ".globl run_done\nrun_done:\n"
  "mov %esp, done_sp; mov saved_sp, %esp; pushfl; push %eax; mov saved_out, %eax\n"
  "popl (%eax); popl 32(%eax)\n"
  "mov %ecx,4(%eax); mov %edx,8(%eax); mov %ebx,12(%eax); mov %ebp,20(%eax); mov %esi,24(%eax); mov %edi,28(%eax)\n"
  "pushl $0x202; popfl; pop %edi; pop %esi; pop %ebp; pop %ebx; ret\n"
  ".data\n.globl saved_sp\nsaved_out: .long 0\nsaved_sp: .long 0\ncode_at: .long 0\ndone_sp: .long 0\n.text\n");
typedef uint32_t word;
#define WORD "\"0x%x\""
static const char *const names[] = { "rax","rcx","rdx","rbx","rsp","rbp","rsi","rdi","rflags","rip" };
#endif
extern char run_done[];
extern word saved_sp, done_sp;

static unsigned char *page;
/* code: bytes, then a jump to run_done */
static unsigned char *put(unsigned char *at, const void *bytes, int n) {
  memcpy(at, bytes, n);
#ifdef __x86_64__
  unsigned char jmp[14] = { 0xff, 0x25, 0, 0, 0, 0 };
  void *to = run_done; memcpy(jmp + 6, &to, 8); memcpy(at + n, jmp, 14);
#else
  at[n] = 0xe9; int32_t d = (int32_t)(run_done - (char *)(at + n + 5)); memcpy(at + n + 1, &d, 4);
#endif
  return at;
}
static void show(const char *what, const word *r) {
  printf("\"%s\":{", what);
  for (int i = 0; i < NREGS; i++) printf("%s\"%s\":" WORD, i ? "," : "", names[i], r[i]);
  printf("}");
}
static int first = 1;
static void begin(const char *name) { printf("%s\n{\"case\":\"%s\",", first ? "" : ",", name); first = 0; }

