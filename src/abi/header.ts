import type { NumberTable } from './number-table.js'

/**
 * The table as a C header, as `make headers_install` writes `asm/unistd_64.h`, `unistd_32.h` or `unistd_x32.h`: what
 * programs see that include <sys/syscall.h>.
 *
 * @example
 * formatHeader(unpackTable(tableI386)).includes('#define __NR_getpid 20')
 */
export function formatHeader(table: NumberTable): string {
  const file = { x86_64: '64', i386: '32', x32: 'X32' }[table.abi]
  const lines = table.rows.map(({ name, nr }) => `#define __NR_${name} ${table.bit === 0 ? nr : `(__X32_SYSCALL_BIT + ${nr - table.bit})`}\n`)
  return `#ifndef _ASM_UNISTD_${file}_H\n#define _ASM_UNISTD_${file}_H\n\n${lines.join('')}\n\n#endif /* _ASM_UNISTD_${file}_H */\n`
}
