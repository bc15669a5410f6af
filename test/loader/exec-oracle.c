/* Executes each file named in argv as an ordinary user and prints what came of it: "errno N", "signal N" or "exit N". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	setvbuf(stdout, 0, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		int p[2], e = 0, status;
		if (pipe2(p, 02000000)) return 1;
		pid_t pid = fork();
		if (pid == 0) {
			struct rlimit second = { 1, 1 }, none = { 0, 0 };
			char *args[] = { argv[i], "one", "two", 0 }, *env[] = { "A=1", "BC=23", 0 };
			setrlimit(RLIMIT_CPU, &second);
			setrlimit(RLIMIT_CORE, &none);
			setrlimit(RLIMIT_FSIZE, &none);
			if (setgid(65534) || setuid(65534)) _exit(99);
			execve(argv[i], args, env);
			e = errno;
			if (write(p[1], &e, sizeof e)) _exit(0);
		}
		close(p[1]);
		waitpid(pid, &status, 0);
		if (read(p[0], &e, sizeof e) == sizeof e) printf("errno %d\n", e);
		else if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
		else printf("exit %d\n", WEXITSTATUS(status));
		close(p[0]);
	}
}
