/*
 * Runs a script of file system calls natively, in a chroot on a fresh tmpfs, and prints what each gave.
 * usage: driver SCRIPT MOUNTPOINT (as root). A line is `[name=]call argument...`; arguments are numbers, $names of
 * earlier results, "strings" (with \xNN), @buf:N (printed as text), @stat, @statx, @dents, @path:N (a string of N bytes).
 * `as UID` changes identity, `limit BYTES` sets RLIMIT_FSIZE, `== title` starts a scenario on a new tmpfs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const struct { const char *name; long nr; } calls[] = {
#define C(x) { #x, SYS_##x }
  C(open), C(openat), C(creat), C(close), C(read), C(write), C(pread64), C(pwrite64), C(lseek), C(stat), C(lstat), C(fstat), C(newfstatat), C(access),
  C(faccessat), C(faccessat2), C(mkdir), C(mkdirat), C(rmdir), C(unlink), C(unlinkat), C(rename), C(renameat), C(renameat2), C(link), C(linkat), C(symlink), C(symlinkat),
  C(readlink), C(readlinkat), C(chmod), C(fchmod), C(fchmodat), C(chown), C(lchown), C(fchown), C(fchownat), C(truncate), C(ftruncate), C(fallocate),
  C(fsync), C(fdatasync), C(mknod), C(mknodat), C(chdir), C(fchdir), C(getcwd), C(umask), C(dup), C(dup2), C(dup3), C(fcntl), C(ioctl), C(flock),
  C(getdents64), C(getdents), C(setxattr), C(getxattr), C(listxattr), C(removexattr), C(lsetxattr), C(fsetxattr), C(fgetxattr), C(sendfile), C(fadvise64), C(sync_file_range),
  C(readahead), C(close_range), C(memfd_create), C(eventfd2), C(pipe2), C(copy_file_range), C(splice), C(tee), C(umount2), C(mount), C(utimensat), C(fchmodat2), C(openat2), C(statx),
  C(chroot), C(lgetxattr), C(syncfs), C(poll), C(inotify_init1), C(inotify_add_watch), C(inotify_rm_watch), C(epoll_create1), C(epoll_ctl), C(epoll_wait), C(timerfd_create),
};

static struct { char name[32]; long value; } vars[256];
static int nvars;

static long value_of(const char *name) {
  for (int i = nvars; i-- > 0;) if (!strcmp(vars[i].name, name)) return vars[i].value;
  fprintf(stderr, "no variable %s\n", name);
  exit(1);
}

static void text(const unsigned char *p, long n) {
  putchar('"');
  for (long i = 0; i < n; i++) if (p[i] >= 32 && p[i] < 127 && p[i] != '"' && p[i] != '\\') putchar(p[i]); else printf("\\x%02x", p[i]);
  putchar('"');
}

static char *string(char **at) {
  char *out = malloc(16384); int n = 0; char *p = *at + 1;
  while (*p != '"') {
    if (*p == '\\' && p[1] == 'x') { char h[3] = { p[2], p[3], 0 }; out[n++] = strtol(h, 0, 16); p += 4; }
    else out[n++] = *p++;
  }
  out[n] = 0;
  *at = p + 1;
  return out;
}

static void run_line(char *line) {
  char name[32] = "", call[32]; char *p = line;
  char *eq = strchr(line, '='), *sp = strchr(line, ' ');
  if (eq && (!sp || eq < sp)) { snprintf(name, sizeof name, "%.*s", (int)(eq - line), line); p = eq + 1; }
  sscanf(p, "%31s", call);
  p += strlen(call);
  long args[6] = {0}; int n = 0; char kinds[6] = {0}; static unsigned char buffers[6][70000]; long sizes[6];
  while (*p && n < 6) {
    while (*p == ' ') p++;
    if (!*p) break;
    if (*p == '"') args[n] = (long)string(&p);
    else if (*p == '$') { char v[32]; sscanf(p + 1, "%31[a-z0-9]", v); args[n] = value_of(v); p += 1 + strlen(v); }
    else if (*p == '@') {
      char k[16]; long size = 4096; sscanf(p + 1, "%15[a-z]", k); p += 1 + strlen(k);
      if (*p == ':') size = strtol(p + 1, &p, 0);
      if (!strcmp(k, "path")) { char *s = malloc(size + 1); memset(s, 'x', size); s[size] = 0; args[n] = (long)s; }
      else { memset(buffers[n], 0, sizeof buffers[n]); args[n] = (long)buffers[n]; kinds[n] = k[0] == 's' && k[4] == 'x' ? 'x' : k[0]; sizes[n] = size; }
    } else args[n] = strtol(p, &p, 0);
    n++;
  }
  if (!strcmp(call, "as")) {
    if (setresuid(0, 0, 0) || setgroups(0, 0) || setresgid(args[0], args[0], args[0]) || setresuid(args[0], args[0], 0)) perror("as");
    return;
  }
  if (!strcmp(call, "limit")) { struct rlimit r = { args[0] < 0 ? RLIM_INFINITY : args[0], RLIM_INFINITY }; setrlimit(RLIMIT_FSIZE, &r); return; }
  long nr = -1;
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) if (!strcmp(calls[i].name, call)) nr = calls[i].nr;
  if (nr < 0) { fprintf(stderr, "unknown call %s\n", call); exit(1); }
  long r = syscall(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
  if (r == -1) printf("%s = -%d", line, errno); else printf("%s = %ld", line, r);
  if (name[0]) { snprintf(vars[nvars].name, 32, "%s", name); vars[nvars++].value = r; }
  for (int i = 0; i < n; i++) {
    if (r < 0) break;
    if (kinds[i] == 'b') { putchar(' '); text(buffers[i], sizes[i] < r ? sizes[i] : r); }
    if (kinds[i] == 'w') { putchar(' '); text(buffers[i], sizes[i]); }
    if (kinds[i] == 'f') printf(" %d", *(int *)buffers[i] >= 0);
    if (kinds[i] == 's') {
      struct stat *s = (void *)buffers[i];
      printf(" ino=%lu mode=%o nlink=%lu uid=%u gid=%u size=%ld blocks=%ld rdev=%lx", s->st_ino, s->st_mode, s->st_nlink, s->st_uid, s->st_gid, s->st_size, s->st_blocks, s->st_rdev);
    }
    if (kinds[i] == 'd') for (long at = 0; at < r;) {
      unsigned char *d = buffers[i] + at;
      printf(" %s:%lu:%ld:%d:%d", d + 19, *(unsigned long *)d, *(long *)(d + 8), *(unsigned short *)(d + 16), d[18]);
      at += *(unsigned short *)(d + 16);
    }
  }
  putchar('\n');
}

int main(int argc, char **argv) {
  FILE *f = fopen(argv[1], "r");
  static char lines[4000][512]; int count = 0;
  while (count < 4000 && fgets(lines[count], 512, f)) { lines[count][strcspn(lines[count], "\n")] = 0; count++; }
  setvbuf(stdout, 0, _IONBF, 0);
  (void)argc;
  for (int i = 0; i < count;) {
    if (strncmp(lines[i], "==", 2)) { i++; continue; }
    int end = i + 1;
    while (end < count && strncmp(lines[end], "==", 2)) end++;
    printf("%s\n", lines[i]);
    if (mount("none", argv[2], "tmpfs", 0, "size=1m,mode=755")) { perror("mount"); return 1; }
    if (fork() == 0) {
      signal(SIGXFSZ, SIG_IGN); signal(SIGPIPE, SIG_IGN);
      for (int fd = 3; fd < 20; fd++) close(fd);
      close(0); open("/dev/null", O_RDWR);
      if (chroot(argv[2]) || chdir("/")) return 1;
      umask(022);
      for (int l = i + 1; l < end; l++) if (lines[l][0] && lines[l][0] != '#') run_line(lines[l]);
      exit(0);
    }
    int status; wait(&status);
    if (status) printf("died %x\n", status);
    umount(argv[2]);
    i = end;
  }
  return 0;
}
