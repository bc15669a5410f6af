// Generated from facts/structs.txt by scripts/renew-structs.mjs with asm/ipcbuf.h, asm/msgbuf.h, asm/sembuf.h, asm/shmbuf.h, linux/sem.h; do not edit.

/** Owner and mode of an IPC object. Data model lp64. */
export const IPC64_PERM_LP64 = {
  size: 48,
  fields: {
    key: [0, 'i32'], uid: [4, 'u32'], gid: [8, 'u32'], cuid: [12, 'u32'], cgid: [16, 'u32'], mode: [20, 'u32'], seq: [24, 'u16'],
  },
} as const

/** Owner and mode of an IPC object. Data model ilp32. */
export const IPC64_PERM_ILP32 = {
  size: 36,
  fields: {
    key: [0, 'i32'], uid: [4, 'u32'], gid: [8, 'u32'], cuid: [12, 'u32'], cgid: [16, 'u32'], mode: [20, 'u16'], seq: [24, 'u16'],
  },
} as const

/** Owner and mode of an IPC object. Data model x32. */
export const IPC64_PERM_X32 = IPC64_PERM_LP64

/** What msgctl(2) fills in. Data model lp64. */
export const MSQID64_DS_LP64 = {
  size: 120,
  fields: {
    msg_perm_key: [0, 'i32'], msg_cbytes: [72, 'u64'], msg_qnum: [80, 'u64'], msg_qbytes: [88, 'u64'], msg_lspid: [96, 'i32'],
    msg_lrpid: [100, 'i32'],
  },
} as const

/** What msgctl(2) fills in. Data model ilp32. */
export const MSQID64_DS_ILP32 = {
  size: 88,
  fields: {
    msg_perm_key: [0, 'i32'], msg_cbytes: [60, 'u32'], msg_qnum: [64, 'u32'], msg_qbytes: [68, 'u32'], msg_lspid: [72, 'i32'], msg_lrpid: [76, 'i32'],
  },
} as const

/** What msgctl(2) fills in. Data model x32. */
export const MSQID64_DS_X32 = MSQID64_DS_LP64

/** What semctl(2) fills in. Data model lp64. */
export const SEMID64_DS_LP64 = {
  size: 104,
  fields: {
    sem_perm_key: [0, 'i32'], sem_otime: [48, 'i64'], sem_ctime: [64, 'i64'], sem_nsems: [80, 'u64'],
  },
} as const

/** What semctl(2) fills in. Data model ilp32. */
export const SEMID64_DS_ILP32 = {
  size: 64,
  fields: {
    sem_perm_key: [0, 'i32'], sem_otime: [36, 'u32'], sem_ctime: [44, 'u32'], sem_nsems: [52, 'u32'],
  },
} as const

/** What semctl(2) fills in. Data model x32. */
export const SEMID64_DS_X32 = SEMID64_DS_LP64

/** What shmctl(2) fills in. Data model lp64. */
export const SHMID64_DS_LP64 = {
  size: 112,
  fields: {
    shm_perm_key: [0, 'i32'], shm_segsz: [48, 'u64'], shm_cpid: [80, 'i32'], shm_lpid: [84, 'i32'], shm_nattch: [88, 'u64'],
  },
} as const

/** What shmctl(2) fills in. Data model ilp32. */
export const SHMID64_DS_ILP32 = {
  size: 84,
  fields: {
    shm_perm_key: [0, 'i32'], shm_segsz: [36, 'u32'], shm_cpid: [64, 'i32'], shm_lpid: [68, 'i32'], shm_nattch: [72, 'u32'],
  },
} as const

/** What shmctl(2) fills in. Data model x32. */
export const SHMID64_DS_X32 = {
  size: 112,
  fields: {
    shm_perm_key: [0, 'i32'], shm_segsz: [48, 'u32'], shm_cpid: [80, 'i32'], shm_lpid: [84, 'i32'], shm_nattch: [88, 'u64'],
  },
} as const

/** An operation of semop(2). */
export const SEMBUF = {
  size: 6,
  fields: {
    sem_num: [0, 'u16'], sem_op: [2, 'i16'], sem_flg: [4, 'i16'],
  },
} as const

/** Arguments of i386's old_mmap. */
export const MMAP_ARG = {
  size: 24,
  fields: {
    addr: [0, 'u32'], len: [4, 'u32'], prot: [8, 'u32'], flags: [12, 'u32'], fd: [16, 'u32'], offset: [20, 'u32'],
  },
} as const

/** Arguments of i386's old_select. */
export const SELECT_ARG = {
  size: 20,
  fields: {
    n: [0, 'u32'], inp: [4, 'ptr32'], outp: [8, 'ptr32'], exp: [12, 'ptr32'], tvp: [16, 'ptr32'],
  },
} as const
