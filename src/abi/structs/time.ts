// Generated from facts/structs.txt by scripts/renew-structs.mjs with linux/time.h, linux/timex.h, linux/times.h; do not edit.

/** A time with 64-bit seconds; all of x86_64, and the _time64 calls of i386. */
export const TIMESPEC = {
  size: 16,
  fields: {
    tv_sec: [0, 'i64'], tv_nsec: [8, 'i64'],
  },
} as const

/** struct timespec of the ABI's own long: the old calls of i386. Data model lp64. */
export const OLD_TIMESPEC_LP64 = {
  size: 16,
  fields: {
    tv_sec: [0, 'i64'], tv_nsec: [8, 'i64'],
  },
} as const

/** struct timespec of the ABI's own long: the old calls of i386. Data model ilp32. */
export const OLD_TIMESPEC_ILP32 = {
  size: 8,
  fields: {
    tv_sec: [0, 'i32'], tv_nsec: [4, 'i32'],
  },
} as const

/** struct timespec of the ABI's own long: the old calls of i386. Data model x32. */
export const OLD_TIMESPEC_X32 = OLD_TIMESPEC_LP64

/** struct timeval of the ABI's own long (gettimeofday, select). Data model lp64. */
export const OLD_TIMEVAL_LP64 = {
  size: 16,
  fields: {
    tv_sec: [0, 'i64'], tv_usec: [8, 'i64'],
  },
} as const

/** struct timeval of the ABI's own long (gettimeofday, select). Data model ilp32. */
export const OLD_TIMEVAL_ILP32 = {
  size: 8,
  fields: {
    tv_sec: [0, 'i32'], tv_usec: [4, 'i32'],
  },
} as const

/** struct timeval of the ABI's own long (gettimeofday, select). Data model x32. */
export const OLD_TIMEVAL_X32 = OLD_TIMEVAL_LP64

/** struct timezone of gettimeofday(2). */
export const TIMEZONE = {
  size: 8,
  fields: {
    tz_minuteswest: [0, 'i32'], tz_dsttime: [4, 'i32'],
  },
} as const

/** struct itimerval of setitimer(2). Data model lp64. */
export const OLD_ITIMERVAL_LP64 = {
  size: 32,
  fields: {
    it_interval_tv_sec: [0, 'i64'], it_interval_tv_usec: [8, 'i64'], it_value_tv_sec: [16, 'i64'], it_value_tv_usec: [24, 'i64'],
  },
} as const

/** struct itimerval of setitimer(2). Data model ilp32. */
export const OLD_ITIMERVAL_ILP32 = {
  size: 16,
  fields: {
    it_interval_tv_sec: [0, 'i32'], it_interval_tv_usec: [4, 'i32'], it_value_tv_sec: [8, 'i32'], it_value_tv_usec: [12, 'i32'],
  },
} as const

/** struct itimerval of setitimer(2). Data model x32. */
export const OLD_ITIMERVAL_X32 = OLD_ITIMERVAL_LP64

/** struct itimerspec with 64-bit seconds. */
export const ITIMERSPEC = {
  size: 32,
  fields: {
    it_interval_tv_sec: [0, 'i64'], it_interval_tv_nsec: [8, 'i64'], it_value_tv_sec: [16, 'i64'], it_value_tv_nsec: [24, 'i64'],
  },
} as const

/** struct itimerspec of the ABI's own long. Data model lp64. */
export const OLD_ITIMERSPEC_LP64 = {
  size: 32,
  fields: {
    it_interval_tv_sec: [0, 'i64'], it_interval_tv_nsec: [8, 'i64'], it_value_tv_sec: [16, 'i64'], it_value_tv_nsec: [24, 'i64'],
  },
} as const

/** struct itimerspec of the ABI's own long. Data model ilp32. */
export const OLD_ITIMERSPEC_ILP32 = {
  size: 16,
  fields: {
    it_interval_tv_sec: [0, 'i32'], it_interval_tv_nsec: [4, 'i32'], it_value_tv_sec: [8, 'i32'], it_value_tv_nsec: [12, 'i32'],
  },
} as const

/** struct itimerspec of the ABI's own long. Data model x32. */
export const OLD_ITIMERSPEC_X32 = OLD_ITIMERSPEC_LP64

/** What times(2) fills in. Data model lp64. */
export const TMS_LP64 = {
  size: 32,
  fields: {
    tms_utime: [0, 'i64'], tms_stime: [8, 'i64'], tms_cutime: [16, 'i64'], tms_cstime: [24, 'i64'],
  },
} as const

/** What times(2) fills in. Data model ilp32. */
export const TMS_ILP32 = {
  size: 16,
  fields: {
    tms_utime: [0, 'i32'], tms_stime: [4, 'i32'], tms_cutime: [8, 'i32'], tms_cstime: [12, 'i32'],
  },
} as const

/** What times(2) fills in. Data model x32. */
export const TMS_X32 = TMS_LP64

/** struct utimbuf of utime(2). Data model lp64. */
export const UTIMBUF_LP64 = {
  size: 16,
  fields: {
    actime: [0, 'i64'], modtime: [8, 'i64'],
  },
} as const

/** struct utimbuf of utime(2). Data model ilp32. */
export const UTIMBUF_ILP32 = {
  size: 8,
  fields: {
    actime: [0, 'i32'], modtime: [4, 'i32'],
  },
} as const

/** struct utimbuf of utime(2). Data model x32. */
export const UTIMBUF_X32 = UTIMBUF_LP64

/** struct timex with 64-bit fields (adjtimex of x86_64, clock_adjtime64). */
export const TIMEX = {
  size: 208,
  fields: {
    modes: [0, 'u32'], offset: [8, 'i64'], freq: [16, 'i64'], maxerror: [24, 'i64'], esterror: [32, 'i64'], status: [40, 'i32'],
    constant: [48, 'i64'], precision: [56, 'i64'], tolerance: [64, 'i64'], time_tv_sec: [72, 'i64'], time_tv_usec: [80, 'i64'], tick: [88, 'i64'],
    ppsfreq: [96, 'i64'], jitter: [104, 'i64'], shift: [112, 'i32'], stabil: [120, 'i64'], jitcnt: [128, 'i64'], calcnt: [136, 'i64'],
    errcnt: [144, 'i64'], stbcnt: [152, 'i64'], tai: [160, 'i32'],
  },
} as const

/** struct timex of i386's adjtimex. */
export const OLD_TIMEX = {
  size: 128,
  fields: {
    modes: [0, 'u32'], offset: [4, 'i32'], freq: [8, 'i32'], maxerror: [12, 'i32'], esterror: [16, 'i32'], status: [20, 'i32'], constant: [24, 'i32'],
    precision: [28, 'i32'], tolerance: [32, 'i32'], time_tv_sec: [36, 'i32'], time_tv_usec: [40, 'i32'], tick: [44, 'i32'], ppsfreq: [48, 'i32'],
    jitter: [52, 'i32'], shift: [56, 'i32'], stabil: [60, 'i32'], jitcnt: [64, 'i32'], calcnt: [68, 'i32'], errcnt: [72, 'i32'], stbcnt: [76, 'i32'],
    tai: [80, 'i32'],
  },
} as const
