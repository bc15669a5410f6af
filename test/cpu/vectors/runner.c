/* Runs recorded code on this machine's processor: tests on stdin, outcomes on stdout (test/cpu/vectors/renew.mjs). */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE 0x10000000ul
#define DATA 0x20000000ul
#define STACK 0x30000000ul

struct test { uint32_t at, length; uint8_t code[32]; uint64_t regs[16]; uint64_t flags; uint8_t memory[1280]; };
struct outcome { uint64_t regs[16]; uint64_t flags, rip, cr2; uint32_t trap, error, cs, pad; uint8_t memory[1280]; };

static struct test *tests;
static struct outcome *outcomes;
static int count, current = -1;
static greg_t saved[NGREG];

#ifdef __x86_64__
static const int reg[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };
#define REGS 16
#define IP REG_RIP
#define CR2(u) (u)->uc_mcontext.gregs[REG_CR2]
#define CS(u) ((u)->uc_mcontext.gregs[REG_CSGSFS] & 0xffff)
#else
static const int reg[8] = { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI };
#define REGS 8
#define IP REG_EIP
#define CR2(u) (u)->uc_mcontext.cr2
#define CS(u) ((u)->uc_mcontext.gregs[REG_CS] & 0xffff)
#endif

static void windows(uint8_t *m, int out)
{
	static const struct { unsigned long at, size; } w[] = { { DATA + 0x1000 - 256, 512 }, { DATA + 0x2000 - 256, 256 }, { DATA + 0x4000 - 128, 256 }, { STACK + 0x800 - 128, 256 } };
	mprotect((void *)(DATA + 0x4000), 4096, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 4; m += w[i++].size)
		if (out) memcpy(m, (void *)w[i].at, w[i].size); else memcpy((void *)w[i].at, m, w[i].size);
	mprotect((void *)(DATA + 0x4000), 4096, PROT_READ);
}

static void handler(int sig, siginfo_t *si, void *context)
{
	ucontext_t *u = context;
	greg_t *g = u->uc_mcontext.gregs;
#ifdef __x86_64__
	__asm__ volatile("mov %0, %%ds; mov %0, %%es" :: "r"(0x2b));
#else
	__asm__ volatile("mov %0, %%ds; mov %0, %%es" :: "r"(0x2b));
#endif
	if (current < 0) memcpy(saved, g, sizeof saved);
	else {
		struct outcome *o = &outcomes[current];
		for (int i = 0; i < REGS; i++) o->regs[i] = (unsigned long)g[reg[i]];
		o->flags = (unsigned long)g[REG_EFL];
		o->rip = (unsigned long)g[IP];
		o->trap = g[REG_TRAPNO];
		o->error = g[REG_ERR];
		o->cr2 = (unsigned long)CR2(u);
		o->cs = CS(u);
		windows(o->memory, 1);
	}
	if (++current >= count) {
		memcpy(g, saved, sizeof saved);
		g[IP] += 2;
		return;
	}
	struct test *t = &tests[current];
	memset((void *)CODE, 0xcc, 8192);
	memcpy((void *)(unsigned long)t->at, t->code, t->length);
	windows(t->memory, 0);
	memcpy(g, saved, sizeof saved);
	for (int i = 0; i < REGS; i++) g[reg[i]] = t->regs[i];
	g[REG_EFL] = t->flags;
	g[IP] = t->at;
}

static void *map(unsigned long at, unsigned long n, int prot)
{
	void *p = mmap((void *)at, n, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED) { perror("mmap"); exit(1); }
	return p;
}

int main(void)
{
	map(CODE, 8192, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(DATA, 0x2000, PROT_READ | PROT_WRITE);
	map(DATA + 0x3000, 0x1000, PROT_READ | PROT_WRITE);
	map(DATA + 0x4000, 0x1000, PROT_READ);
	map(STACK, 4096, PROT_READ | PROT_WRITE);
	if (fread(&count, 4, 1, stdin) != 1) return 1;
	tests = malloc(sizeof *tests * count);
	outcomes = calloc(sizeof *outcomes, count);
	if (fread(tests, sizeof *tests, count, stdin) != (size_t)count) return 1;
	stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 };
	sigaltstack(&ss, 0);
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	int list[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	for (int i = 0; i < 5; i++) sigaction(list[i], &sa, 0);
	__asm__ volatile("ud2");
	fwrite(outcomes, sizeof *outcomes, count, stdout);
	return 0;
}
