// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** c_iflag. */
export const TERMIOS_IFLAG = {
  IGNBRK: 0o1, BRKINT: 0o2, IGNPAR: 0o4, PARMRK: 0o10, INPCK: 0o20, ISTRIP: 0o40, INLCR: 0o100, IGNCR: 0o200, ICRNL: 0o400, IUCLC: 0o1000,
  IXON: 0o2000, IXANY: 0o4000, IXOFF: 0o10000, IMAXBEL: 0o20000, IUTF8: 0o40000,
} as const

/** c_oflag. */
export const TERMIOS_OFLAG = {
  OPOST: 0o1, OLCUC: 0o2, ONLCR: 0o4, OCRNL: 0o10, ONOCR: 0o20, ONLRET: 0o40, OFILL: 0o100, OFDEL: 0o200, NLDLY: 0o400, CRDLY: 0o3000,
  TABDLY: 0o14000, XTABS: 0o14000, BSDLY: 0o20000, VTDLY: 0o40000, FFDLY: 0o100000,
} as const

/** c_cflag. */
export const TERMIOS_CFLAG = {
  CBAUD: 0o10017, CSIZE: 0o60, CS5: 0, CS6: 0o20, CS7: 0o40, CS8: 0o60, CSTOPB: 0o100, CREAD: 0o200, PARENB: 0o400, PARODD: 0o1000, HUPCL: 0o2000,
  CLOCAL: 0o4000, CBAUDEX: 0o10000, CMSPAR: 0o10000000000, CRTSCTS: 0o20000000000,
} as const

/** c_lflag. */
export const TERMIOS_LFLAG = {
  ISIG: 0o1, ICANON: 0o2, XCASE: 0o4, ECHO: 0o10, ECHOE: 0o20, ECHOK: 0o40, ECHONL: 0o100, NOFLSH: 0o200, TOSTOP: 0o400, ECHOCTL: 0o1000,
  ECHOPRT: 0o2000, ECHOKE: 0o4000, FLUSHO: 0o10000, PENDIN: 0o40000, IEXTEN: 0o100000, EXTPROC: 0o200000,
} as const

/** Indexes of c_cc. */
export const TERMIOS_CC = {
  VINTR: 0, VQUIT: 1, VERASE: 2, VKILL: 3, VEOF: 4, VTIME: 5, VMIN: 6, VSWTC: 7, VSTART: 8, VSTOP: 9, VSUSP: 10, VEOL: 11, VREPRINT: 12, VDISCARD: 13,
  VWERASE: 14, VLNEXT: 15, VEOL2: 16,
} as const

/** Speeds in CBAUD. */
export const TERMIOS_SPEEDS = {
  B0: 0, B50: 0o1, B75: 0o2, B110: 0o3, B134: 0o4, B150: 0o5, B200: 0o6, B300: 0o7, B600: 0o10, B1200: 0o11, B1800: 0o12, B2400: 0o13, B4800: 0o14,
  B9600: 0o15, B19200: 0o16, B38400: 0o17, BOTHER: 0o10000, B57600: 0o10001, B115200: 0o10002, B230400: 0o10003, B460800: 0o10004, B500000: 0o10005,
  B576000: 0o10006, B921600: 0o10007, B1000000: 0o10010,
} as const

/** Elements of c_cc in struct termios. */
export const TERMIOS_LIMITS = {
  NCCS: 19,
} as const

/** Argument of TCFLSH. */
export const TCFLUSH = {
  TCIFLUSH: 0, TCOFLUSH: 1, TCIOFLUSH: 2,
} as const

/** Argument of TCXONC. */
export const TCXONC = {
  TCOOFF: 0, TCOON: 1, TCIOFF: 2, TCION: 3,
} as const
