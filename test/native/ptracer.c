/* Runs a program under ptrace and tells the other end of two FIFOs of every stop; goes on when it gets a byte back, so
   that the other end can read /proc/PID/mem meanwhile. usage: ptracer EVENTS GO ROOT PROGRAM ARGS…
   Lines: E pid arch nr a0..a5 sp   X rval error   S signo code errno then 28 words of siginfo   Q code   K signo core */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  pid_t pid = fork();
  if (pid == 0) {
    if (chroot(argv[3]) || chdir("/")) _exit(127);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execv(argv[4], argv + 4);
    _exit(127);
  }
  FILE *events = fopen(argv[1], "w");
  int go = open(argv[2], O_RDONLY), status, started = 0, sent = 0;
  char byte;
  waitpid(pid, &status, 0);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC);
  for (;;) {
    ptrace(PTRACE_SYSCALL, pid, 0, sent);
    sent = 0;
    if (waitpid(pid, &status, 0) < 0) break;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (WIFEXITED(status)) fprintf(events, "Q %d\n", WEXITSTATUS(status));
      else fprintf(events, "K %d %d\n", WTERMSIG(status), !!WCOREDUMP(status));
      fflush(events);
      break;
    }
    if (status >> 16) { started = 1; continue; }
    if (!started) continue;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info info;
      ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
      if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        fprintf(events, "E %d %x %llx", pid, info.arch, (unsigned long long)info.entry.nr);
        for (int i = 0; i < 6; i++) fprintf(events, " %llx", (unsigned long long)info.entry.args[i]);
        fprintf(events, " %llx\n", (unsigned long long)info.stack_pointer);
      } else fprintf(events, "X %lld %d\n", (long long)info.exit.rval, info.exit.is_error);
    } else {
      siginfo_t info;
      unsigned words[32];
      ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
      memcpy(words, &info, sizeof words);
      sent = WSTOPSIG(status);
      fprintf(events, "S %d %d %d", info.si_signo, info.si_code, info.si_errno);
      for (int i = 4; i < 12; i++) fprintf(events, " %x", words[i]);
      fprintf(events, "\n");
    }
    fflush(events);
    if (read(go, &byte, 1) != 1) break;
  }
  return 0;
}
