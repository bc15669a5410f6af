const OVERVIEW = `Runs Linux programs on a model of Linux's system calls.

usage: syscallkit run [OPTIONS] PROGRAM [ARGS…]
       syscallkit syscalls [OPTIONS]
       syscallkit help [COMMAND]
       syscallkit --version
`

const RUN = `usage: syscallkit run [OPTIONS] PROGRAM [ARGS…]

Runs a static ELF program for x86_64 or i386. PROGRAM is a file of the host; the guest sees it at its absolute path.
Standard input, output and error are the host's. Exits as the program does: with its status, or 128 + signal.

  --strace[=FILE]   write a line for each system call to standard error, or to FILE
  --root PATH       a folder, or a cpio archive (newc, may be gzipped), as the guest's /; PROGRAM is a path inside
  --env NAME=VALUE  an environment variable of the guest; may be given again
  --profile NAME    which Linux: current (default), 5.4.34, 5.4.34-i386, 3.19, 3.19-i386, 2.4.18
  --user UID        user and group of the program; default 0
  --publish PORTS   [ADDRESS:]HOSTPORT:GUESTPORT: connections to the host's port (127.0.0.1 unless ADDRESS is given) reach
                    the guest's; HOSTPORT 0 chooses one and says which; may be given again
  --help            this text

Exit status of syscallkit itself: 2 wrong options, 125 every task waits for something that cannot come, 126 the
program cannot be executed, 127 it cannot be read.
`

const SYSCALLS = `usage: syscallkit syscalls [OPTIONS]

Lists the system calls of an ABI: number, name, entry point, category, prototype, and how much of it is there.

  --arch NAME       x86_64 (default), i386 or x32
  --json            one array of objects
  --format header   the numbers as the C compiler would see them in unistd_64.h (unistd_32.h, unistd_x32.h)
  --help            this text
`

/** The help of a command, or of everything. */
export function helpText(topic: string | undefined): string {
  return topic === 'run' ? RUN : topic === 'syscalls' ? SYSCALLS : OVERVIEW
}
