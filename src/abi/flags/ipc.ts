// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Flags of msgget(2), semget(2) and shmget(2). */
export const IPC_FLAGS = {
  IPC_CREAT: 0o1000, IPC_EXCL: 0o2000, IPC_NOWAIT: 0o4000,
} as const

/** Commands of msgctl(2), semctl(2) and shmctl(2). */
export const IPC_CTL = {
  IPC_RMID: 0, IPC_SET: 1, IPC_STAT: 2, IPC_INFO: 3,
} as const

/** Further commands of msgctl(2). */
export const MSG_CTL = {
  MSG_STAT: 11, MSG_INFO: 12, MSG_STAT_ANY: 13,
} as const

/** Further commands of semctl(2). */
export const SEM_CTL = {
  GETPID: 11, GETVAL: 12, GETALL: 13, GETNCNT: 14, GETZCNT: 15, SETVAL: 16, SETALL: 17, SEM_STAT: 18, SEM_INFO: 19, SEM_STAT_ANY: 20,
} as const

/** Further commands of shmctl(2). */
export const SHM_CTL = {
  SHM_LOCK: 11, SHM_UNLOCK: 12, SHM_STAT: 13, SHM_INFO: 14, SHM_STAT_ANY: 15,
} as const

/** Flags of msgrcv(2). */
export const MSG_RCV = {
  MSG_NOERROR: 0o10000, MSG_EXCEPT: 0o20000, MSG_COPY: 0o40000,
} as const

/** Flags of shmat(2) and shmget(2). */
export const SHM_FLAGS = {
  SHM_RDONLY: 0o10000, SHM_RND: 0o20000, SHM_REMAP: 0o40000, SHM_EXEC: 0o100000, SHM_HUGETLB: 0o4000, SHM_NORESERVE: 0o10000,
} as const

/** Flags of semop(2). */
export const SEM_FLAGS = {
  SEM_UNDO: 0x1000,
} as const

/** Calls of ipc(2). */
export const IPC_CALLS = {
  SEMOP: 1, SEMGET: 2, SEMCTL: 3, SEMTIMEDOP: 4, MSGSND: 11, MSGRCV: 12, MSGGET: 13, MSGCTL: 14, SHMAT: 21, SHMDT: 22, SHMGET: 23, SHMCTL: 24,
} as const
