/* Unwinds out of signal handlers through linux-gate.so.1's own stubs (argv[1]) by its call frame information. -m32. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

struct kernel_action { void *handler; unsigned long flags; void *restorer; unsigned long long mask; };
static char names[256];
static void *stub;

static _Unwind_Reason_Code frame(struct _Unwind_Context *c, void *arg)
{
	Dl_info info;
	void *ip = (void *)_Unwind_GetIP(c);
	(void)arg;
	if (ip == stub) strcat(names, " stub");
	else if (dladdr(ip, &info) && info.dli_sname) sprintf(names + strlen(names), " %s", info.dli_sname);
	return _URC_NO_REASON;
}
void handler(int sig) { (void)sig; names[0] = 0; _Unwind_Backtrace(frame, 0); }
__attribute__((noinline)) void inner(void) { register int keep __asm__("esi") = 0x1234; __asm__ volatile("ud2" :: "r"(keep)); }
static void skip(int sig, siginfo_t *info, void *context) { (void)info; handler(sig); ((volatile int *)context)[5 + 14] += 2; }
static void skip_old(int sig, struct { int words[22]; } sc) { handler(sig); __asm__ volatile("addl $2, %0" : "+m"(sc.words[14])); }
__attribute__((noinline)) void outer(void) { inner(); __asm__ volatile(""); }

int main(int argc, char **argv)
{
	void *so = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
	if (!so) return puts(dlerror()), 1;
	struct kernel_action rt = { skip, SA_SIGINFO | 0x04000000, stub = dlsym(so, "__kernel_rt_sigreturn"), 0 };
	syscall(SYS_rt_sigaction, SIGILL, &rt, 0, 8);
	outer();
	printf("rt:%s\n", names);
	struct kernel_action old = { skip_old, 0x04000000, stub = dlsym(so, "__kernel_sigreturn"), 0 };
	syscall(SYS_rt_sigaction, SIGILL, &old, 0, 8);
	outer();
	printf("old:%s\n", names);
}
