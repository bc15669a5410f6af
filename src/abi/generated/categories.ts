// Generated from facts/categories.txt by scripts/generate-tables.mjs; do not edit.
/** What a system call is for. */
export type Category =
  | 'process control'
  | 'file system control'
  | 'system control'
  | 'memory management'
  | 'network management'
  | 'socket control'
  | 'user management'
  | 'inter-process communication'

/** Entry points by category, separated by spaces. */
export const CATEGORIES: Readonly<Record<Category, string>> = {
  'process control': `arch_prctl clone clone3 compat_sys_arch_prctl compat_sys_execve compat_sys_execveat compat_sys_ia32_clone compat_sys_ptrace
compat_sys_sched_getaffinity compat_sys_sched_setaffinity compat_sys_wait4 compat_sys_waitid execve execveat exit exit_group fork
get_thread_area getpgid getpgrp getpid getppid getpriority getsid gettid ioprio_get ioprio_set kcmp modify_ldt nanosleep nanosleep_time32
nice personality pidfd_getfd pidfd_open prctl ptrace rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time32 sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield seccomp set_thread_area set_tid_address setns setpgid setpriority setsid unshare vfork wait4 waitid waitpid`,
  'file system control': `access chdir chmod chown chown16 chroot close close_range compat_sys_epoll_pwait2 compat_sys_fanotify_mark compat_sys_fcntl64
compat_sys_fstatfs compat_sys_fstatfs64 compat_sys_ftruncate compat_sys_getdents compat_sys_ia32_fstat64 compat_sys_ia32_fstatat64
compat_sys_ia32_lstat64 compat_sys_ia32_stat64 compat_sys_io_pgetevents compat_sys_io_pgetevents_time64 compat_sys_io_setup
compat_sys_io_submit compat_sys_lseek compat_sys_newfstat compat_sys_newlstat compat_sys_newstat compat_sys_old_readdir compat_sys_open
compat_sys_open_by_handle_at compat_sys_openat compat_sys_ppoll_time32 compat_sys_ppoll_time64 compat_sys_preadv compat_sys_preadv2
compat_sys_preadv64 compat_sys_preadv64v2 compat_sys_pwritev compat_sys_pwritev2 compat_sys_pwritev64 compat_sys_pwritev64v2
compat_sys_statfs compat_sys_statfs64 compat_sys_truncate compat_sys_ustat copy_file_range creat dup dup2 dup3 epoll_create epoll_create1
epoll_ctl epoll_pwait epoll_pwait2 epoll_wait faccessat faccessat2 fadvise64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat
fchmodat2 fchown fchown16 fchownat fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr flock fremovexattr fsconfig
fsetxattr fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate futimesat futimesat_time32 getcwd getdents
getdents64 getxattr getxattrat ia32_fadvise64 ia32_fadvise64_64 ia32_fallocate ia32_ftruncate64 ia32_pread64 ia32_pwrite64 ia32_readahead
ia32_sync_file_range ia32_truncate64 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
io_getevents_time32 io_pgetevents io_pgetevents_time32 io_setup io_submit io_uring_enter io_uring_register io_uring_setup lchown lchown16
lgetxattr link linkat listmount listxattr listxattrat llistxattr llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat mknod
mknodat mount mount_setattr move_mount name_to_handle_at newfstat newfstatat newlstat newstat old_readdir oldumount open open_by_handle_at
open_tree open_tree_attr openat openat2 pivot_root poll ppoll ppoll_time32 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat splice stat stat64 statfs statfs64
statmount statx symlink symlinkat sync sync_file_range syncfs tee truncate umask umount unlink unlinkat ustat utime utime32 utimensat
utimensat_time32 utimes utimes_time32 vmsplice write writev`,
  'system control': `acct adjtimex adjtimex_time32 alarm bpf clock_adjtime clock_adjtime32 clock_getres clock_getres_time32 clock_gettime clock_gettime32
clock_nanosleep clock_nanosleep_time32 clock_settime clock_settime32 compat_sys_getitimer compat_sys_getrlimit compat_sys_getrusage
compat_sys_gettimeofday compat_sys_ioctl compat_sys_kexec_load compat_sys_lookup_dcookie compat_sys_old_getrlimit compat_sys_setitimer
compat_sys_setrlimit compat_sys_settimeofday compat_sys_sysinfo compat_sys_timer_create compat_sys_times delete_module finit_module getcpu
getitimer getrandom getrlimit getrusage gettimeofday init_module ioctl ioperm iopl kexec_file_load kexec_load landlock_add_rule
landlock_create_ruleset landlock_restrict_self lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr membarrier newuname
ni_syscall old_getrlimit olduname perf_event_open prlimit64 quotactl quotactl_fd reboot restart_syscall setitimer setrlimit settimeofday
stime32 swapoff swapon sysfs sysinfo syslog time time32 timer_create timer_delete timer_getoverrun timer_gettime timer_gettime32
timer_settime timer_settime32 timerfd_create timerfd_gettime timerfd_gettime32 timerfd_settime timerfd_settime32 times uname uprobe uretprobe
uselib vhangup vm86 vm86old`,
  'memory management': `brk cachestat compat_sys_ia32_mmap get_mempolicy madvise map_shadow_stack mbind memfd_create memfd_secret migrate_pages mincore mlock mlock2
mlockall mmap mmap_pgoff move_pages mprotect mremap mseal msync munlock munlockall munmap old_mmap pkey_alloc pkey_free pkey_mprotect
process_madvise process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd`,
  'network management': `setdomainname sethostname`,
  'socket control': `accept accept4 bind compat_sys_old_select compat_sys_pselect6_time32 compat_sys_pselect6_time64 compat_sys_recvfrom
compat_sys_recvmmsg_time32 compat_sys_recvmmsg_time64 compat_sys_recvmsg compat_sys_select compat_sys_sendfile compat_sys_sendmmsg
compat_sys_sendmsg compat_sys_socketcall connect getpeername getsockname getsockopt listen old_select pselect6 pselect6_time32 recvfrom
recvmmsg recvmmsg_time32 recvmsg select sendfile sendfile64 sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair`,
  'user management': `add_key capget capset compat_sys_keyctl getegid getegid16 geteuid geteuid16 getgid getgid16 getgroups getgroups16 getresgid getresgid16
getresuid getresuid16 getuid getuid16 keyctl request_key setfsgid setfsgid16 setfsuid setfsuid16 setgid setgid16 setgroups setgroups16
setregid setregid16 setresgid setresgid16 setresuid setresuid16 setreuid setreuid16 setuid setuid16`,
  'inter-process communication': `compat_sys_get_robust_list compat_sys_ipc compat_sys_mq_getsetattr compat_sys_mq_notify compat_sys_mq_open compat_sys_msgctl
compat_sys_msgrcv compat_sys_msgsnd compat_sys_rt_sigaction compat_sys_rt_sigpending compat_sys_rt_sigprocmask compat_sys_rt_sigqueueinfo
compat_sys_rt_sigreturn compat_sys_rt_sigsuspend compat_sys_rt_sigtimedwait_time32 compat_sys_rt_sigtimedwait_time64
compat_sys_rt_tgsigqueueinfo compat_sys_semctl compat_sys_set_robust_list compat_sys_shmat compat_sys_shmctl compat_sys_sigaction
compat_sys_sigaltstack compat_sys_signalfd compat_sys_signalfd4 compat_sys_sigpending compat_sys_sigprocmask compat_sys_sigreturn
compat_sys_x32_rt_sigreturn eventfd eventfd2 futex futex_requeue futex_time32 futex_wait futex_waitv futex_wake get_robust_list ipc kill
mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time32 mq_timedsend mq_timedsend_time32 mq_unlink msgctl msgget msgrcv msgsnd
pause pidfd_send_signal pipe pipe2 process_vm_readv process_vm_writev rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time32 rt_tgsigqueueinfo semctl semget semop semtimedop set_robust_list sgetmask shmat shmctl
shmdt shmget sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill tkill`,
}
