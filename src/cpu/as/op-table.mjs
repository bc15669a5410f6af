/**
 * Every op of the reference CPU: its name and what it does, as a piece of AssemblyScript inside the executor's loop.
 * scripts/build-cpu.mjs writes the executor's switch and the decoder's op numbers from this table, so an op's meaning
 * stands here only: each is done in full by a function, and those of hot-ops.mjs by the loop too. A family is a run of numbers; the decoder adds an index to its first one: sizes count 0 to 3 for
 * 1, 2, 4 and 8 bytes, conditions and ALU operations count as in the encoding.
 *
 * Inside a piece: `o` is the op, `ip` the next one, `regs` the register file, `mask` all ones or 0xffffffff,
 * the lazy flags and the budget are in the control block. Fields of an op are described in src/cpu/control.ts.
 */
const T = ['u8', 'u16', 'u32', 'u64']
const SH = [56, 48, 32, 0]
const BYTES = [1, 2, 4, 8]

/** Slots named by an op. */
const D = 'regs + load<u16>(o, 2)'
const S = 'regs + load<u16>(o, 4)'
const IMM = '<u64><i64>load<i32>(o, 24)'
const IMM2 = 'load<i32>(o, 28)'

/** Computes `ea`, the linear address of the memory operand. */
const EA = 'const ea: u64 = (load<u64>(regs + load<u16>(o, 6)) + (load<u64>(regs + load<u16>(o, 8)) << <u64>load<u8>(o, 10)) + load<u64>(o, 16)) & mask;'

/** `p` becomes the host pointer to n bytes at `ea`; a fault leaves the run. MISS and COMMIT are for inFull and inLoop to fill in. */
const access = (tlb, slow, n, at = 'ea', p = 'p') =>
  `let ${p}: u32 = 0; { const t: u32 = ((<u32>(${at}) >>> 12) & 1023) << 4; if (load<u64>(t, ${tlb}) == (${n === 1 ? `(${at})` : `((${at}) + ${n - 1})`} & 0xfffffffffffff000)) ${p} = <u32>(${at}) + load<u32>(t, ${tlb} + 8); else { MISS(${slow}, ${p}, ${at}, ${n}) } }`
const R = (n, at, p) => access('T_READ', 'slowR', n, at, p)
const W = (n, at, p) => access('T_WRITE', 'slowW', n, at, p)
/** After a store through `p`. */
const COMMIT = 'COMMIT(p);'
const MISSED = /MISS\((\w+), (\w+), (\w+), (\d+)\)/g

/** An op with everything that it may have to do. */
export function inFull(body) {
  return body.replace(MISSED, (_, slow, p, at, n) => `${p} = ${slow}(${at}, ${n}, o); if (!${p}) { store<i32>(C_reason, 1); ip = EXIT; break }`).replaceAll(COMMIT, 'if (p == BOUNCE_W) commit();')
}
/** An op for the executor's loop: on a miss `elsewhere` does all of it, since nothing of an op takes effect before its last access. */
export function inLoop(body, elsewhere) {
  return body.includes('MISS(') ? body.replace(MISSED, `${elsewhere}; break`).replaceAll(COMMIT, '') : inFull(body)
}
/** Stores `v` of size s to register slot `at`: 32 bits clear the upper half. */
const setReg = (s, at, v) => (s >= 2 ? `store<u64>(${at}, ${v});` : `store<${T[s]}>(${at}, <${T[s]}>(${v}));`)
/** Raises a fault at this op. */
const raise = (vector, code = '0') => `ip = raise(o, ${vector}, ${code}); break`
/** Leaves for TypeScript with rip set. */
const leave = (rip, link = '0') => `ip = leave(o, regs, ${rip}, ${link});`
/** Counts the block's instructions at its end. */
const spend = (n) => `store<i32>(C_left, load<i32>(C_left) - (${n}));`
const COUNT = spend('1 + <i32>load<u8>(o, 15)')
/** Goes on at the block that the link field at `at` names; its linear address is `rip`. */
const follow = (at, rip) => `const q = load<i32>(o, ${at}); if ((q | load<i32>(C_left)) >= 0) ip = q; else { ${leave(rip, `o + ${at}`)} }`
/** Goes on at linear address x by the code TLB. */
const INDIRECT = `const h: u32 = ((<u32>x ^ (<u32>x >>> 12)) & (CODE_ENTRIES - 1)) << 4; if (load<u64>(h, T_CODE) == x && load<i32>(C_left) >= 0) ip = load<u32>(h, T_CODE + 8); else { ${leave('x')} }`
/** #GP(0) for a branch to a non-canonical address. */
const CANONICAL = `if (mask != 0xffffffff && <u64>((<i64>x << 16) >> 16) != x) { ${raise(13)} }`
const NEXT = 'load<u64>(o, 40)'

const KIND = (k, s) => `${k} | ${SH[s] << 4}`
const explicit = (v) => `setFlags(${v});`
const FLAGS = 'flagsNow()'

/** Stores of the lazy flags' parts. They lie in memory: as locals of so large a loop they are moved about by every op (3 times slower, measured). */
const F = (k, r, a, b) => `store<i32>(F_k, ${k}); store<u64>(F_r, ${r});${a === undefined ? '' : ` store<u64>(F_a, ${a});`}${b === undefined ? '' : ` store<u64>(F_b, ${b});`}`

/** x op y, both in the top bits, setting the lazy flags; the result is in r. */
function alu(name, s) {
  switch (name) {
    case 'ADD': return `const r: u64 = x + y; ${F(KIND('K_ADD', s), 'r', 'x', 'y')}`
    case 'SUB': case 'CMP': return `const r: u64 = x - y; ${F(KIND('K_SUB', s), 'r', 'x', 'y')}`
    case 'ADC': return `const r: u64 = x + y + (<u64>cf() << ${SH[s]}); ${F(KIND('K_ADC', s), 'r', 'x', 'y')}`
    case 'SBB': return `const r: u64 = x - y - (<u64>cf() << ${SH[s]}); ${F(KIND('K_SBB', s), 'r', 'x', 'y')}`
    case 'OR': return `const r: u64 = x | y; ${F(KIND('K_LOGIC', s), 'r')}`
    case 'XOR': return `const r: u64 = x ^ y; ${F(KIND('K_LOGIC', s), 'r')}`
    default: return `const r: u64 = x & y; ${F(KIND('K_LOGIC', s), 'r')}`
  }
}
const up = (s, v) => (s === 3 ? v : `(${v}) << ${SH[s]}`)
const down = (s) => (s === 3 ? 'r' : `r >> ${SH[s]}`)
const regLoad = (s, at) => up(s, `<u64>load<${T[s]}>(${at})`)

const ALU = ['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR', 'CMP']
const CONDITIONS = ['O', 'NO', 'B', 'AE', 'E', 'NE', 'BE', 'A', 'S', 'NS', 'P', 'NP', 'L', 'GE', 'LE', 'G']

/** Condition c after any op, after a subtraction, after a logical op. */
const LA = 'load<u64>(F_a)', LB = 'load<u64>(F_b)', LR = 'load<u64>(F_r)'
const ANY = ['vf()', 'cf()', `${LR} == 0`, `(${LR} == 0 || cf())`, 'sf()', 'pf()', 'lt()', `(${LR} == 0 || lt())`]
const afterSub = (x, y, r) => [`(<i64>((${x} ^ ${y}) & (${x} ^ ${r})) < 0)`, `${x} < ${y}`, `${x} == ${y}`, `${x} <= ${y}`, `<i64>${r} < 0`, 'pf()', `<i64>${x} < <i64>${y}`, `<i64>${x} <= <i64>${y}`]
const AFTER_SUB = afterSub(LA, LB, LR)
const afterLogic = (r) => ['false', 'false', `${r} == 0`, `${r} == 0`, `<i64>${r} < 0`, 'pf()', `<i64>${r} < 0`, `<i64>${r} <= 0`]
const AFTER_LOGIC = afterLogic(LR)
const condition = (set, c) => (c & 1 ? `!(${set[c >> 1]})` : `(${set[c >> 1]})`)

/** @type {{ family: string, cases: string[] }[]} */
export const OPS = []
const family = (name, ...cases) => OPS.push({ family: name, cases: cases.flat() })
const sizes = (f, list = [0, 1, 2, 3]) => list.map(f)
const each = (f) => CONDITIONS.map((_, c) => f(c))

// The order of numbers: what ends a run first, then what never ends a block, then block ends (from FALL on).
family('EXIT', 'store<u64>(regs + R_rflags, (load<u64>(regs + R_rflags) & ~ARITH) | flagsNow()); return load<i32>(C_reason)')
// What became of an op whose code was written to. The first one is reached from outside, the others after the op before them.
family('STALE', `let x = blockRip(o); if (load<u8>(o, 14)) { const b = o - 32; x += load<u16>(b, 12) + load<u8>(b, 11); ${spend('<i32>load<u8>(b, 15) + 1')} } ${leave('x & mask')}`)

family('ALU_RR', ALU.map((n) => sizes((s) => `const y: u64 = ${regLoad(s, S)}; const d = ${D}; const x: u64 = ${regLoad(s, 'd')}; ${alu(n, s)} ${n === 'CMP' ? '' : setReg(s, 'd', down(s))}`)).flat())
family('ALU_RI', ALU.map((n) => sizes((s) => `const y: u64 = ${up(s, IMM)}; const d = ${D}; const x: u64 = ${regLoad(s, 'd')}; ${alu(n, s)} ${n === 'CMP' ? '' : setReg(s, 'd', down(s))}`)).flat())
family('ALU_RM', ALU.map((n) => sizes((s) => `${EA} ${R(BYTES[s])} const y: u64 = ${regLoad(s, 'p')}; const d = ${D}; const x: u64 = ${regLoad(s, 'd')}; ${alu(n, s)} ${n === 'CMP' ? '' : setReg(s, 'd', down(s))}`)).flat())
for (const [name, y] of [['ALU_MR', (s) => regLoad(s, S)], ['ALU_MI', (s) => up(s, IMM)]])
  family(name, ALU.map((n) => sizes((s) => `${EA} ${n === 'CMP' ? R(BYTES[s]) : W(BYTES[s])} const y: u64 = ${y(s)}; const x: u64 = ${regLoad(s, 'p')}; ${alu(n, s)} ${n === 'CMP' ? '' : `store<${T[s]}>(p, <${T[s]}>(${down(s)})); ${COMMIT}`}`)).flat())
family('TEST_RR', sizes((s) => `const y: u64 = ${regLoad(s, S)}; const x: u64 = ${regLoad(s, D)}; ${alu('AND', s)}`))
family('TEST_RI', sizes((s) => `const y: u64 = ${up(s, IMM)}; const x: u64 = ${regLoad(s, D)}; ${alu('AND', s)}`))
family('TEST_MR', sizes((s) => `${EA} ${R(BYTES[s])} const y: u64 = ${regLoad(s, S)}; const x: u64 = ${regLoad(s, 'p')}; ${alu('AND', s)}`))
family('TEST_MI', sizes((s) => `${EA} ${R(BYTES[s])} const y: u64 = ${up(s, IMM)}; const x: u64 = ${regLoad(s, 'p')}; ${alu('AND', s)}`))

family('MOV_RR', sizes((s) => setReg(s, D, `load<${T[s]}>(${S})`)))
family('MOV_RI', sizes((s) => setReg(s, D, 'load<u64>(o, 16)')))
family('MOV_RM', sizes((s) => `${EA} ${R(BYTES[s])} ${setReg(s, D, `load<${T[s]}>(p)`)}`))
family('MOV_MR', sizes((s) => `${EA} ${W(BYTES[s])} store<${T[s]}>(p, load<${T[s]}>(${S})); ${COMMIT}`))
// The same without an index register.
const EA_BASE = 'const ea: u64 = (load<u64>(regs + load<u16>(o, 6)) + load<u64>(o, 16)) & mask;'
family('MOV_RM_BASE', sizes((s) => `${EA_BASE} ${R(BYTES[s])} ${setReg(s, D, `load<${T[s]}>(p)`)}`))
family('MOV_MR_BASE', sizes((s) => `${EA_BASE} ${W(BYTES[s])} store<${T[s]}>(p, load<${T[s]}>(${S})); ${COMMIT}`))
family('MOV_MI', sizes((s) => `${EA} ${W(BYTES[s])} store<${T[s]}>(p, <${T[s]}>load<i32>(o, 24)); ${COMMIT}`))

// Zero extension: 8 to 16, 8 to 32, 16 to 32. Sign extension: 8 to 16, 32, 64; 16 to 32, 64; 32 to 64.
const ZX = [[0, 1], [0, 2], [1, 2]]
const SX = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
const sign = (from, to, at) => (to === 3 ? `<u64><i64>load<i${8 << from}>(${at})` : to === 2 ? `<u64><u32><i32>load<i${8 << from}>(${at})` : `<u16><i32>load<i8>(${at})`)
family('ZX_RR', ZX.map(([a, b]) => setReg(b, D, `load<${T[a]}>(${S})`)))
family('ZX_RM', ZX.map(([a, b]) => `${EA} ${R(BYTES[a])} ${setReg(b, D, `load<${T[a]}>(p)`)}`))
family('SX_RR', SX.map(([a, b]) => setReg(b, D, sign(a, b, S))))
family('SX_RM', SX.map(([a, b]) => `${EA} ${R(BYTES[a])} ${setReg(b, D, sign(a, b, 'p'))}`))

// LEA of 2, 4, 8 bytes; the address-size mask is in imm (-1, or 0xffff for 16-bit addresses).
const LEA = '(load<u64>(regs + load<u16>(o, 6)) + (load<u64>(regs + load<u16>(o, 8)) << <u64>load<u8>(o, 10)) + load<u64>(o, 16)) & mask'
family('LEA', sizes((s) => setReg(s, D, s === 2 ? `(${LEA}) & 0xffffffff` : LEA), [1, 2, 3]))
// An address that is not plain: of another size (imm: 2, 4 or 8 bytes), or with a segment base (slot dst). The result, in tmp0, is the base of the op that follows.
family('ADDRESS', `let v: u64 = load<u64>(regs + load<u16>(o, 6)) + (load<u64>(regs + load<u16>(o, 8)) << <u64>load<u8>(o, 10)) + load<u64>(o, 16); const n = load<i32>(o, 24); if (n == 2) v &= 0xffff; else if (n == 4) v &= 0xffffffff; store<u64>(regs + R_tmp0, (v + load<u64>(${D})) & mask);`)

const INC = (s) => `const c = cfKept(); const r: u64 = x + ${s === 3 ? 1 : `(<u64>1 << ${SH[s]})`}; ${F(KIND('K_INC', s), 'r', 'c')}`
const DEC = (s) => `const c = cfKept(); const r: u64 = x - ${s === 3 ? 1 : `(<u64>1 << ${SH[s]})`}; ${F(KIND('K_DEC', s), 'r', 'c')}`
const NEG = (s) => `const r: u64 = 0 - x; ${F(KIND('K_SUB', s), 'r', '0', 'x')}`
for (const [name, f] of [['INC', INC], ['DEC', DEC], ['NEG', NEG]]) {
  family(`${name}_R`, sizes((s) => `const d = ${D}; const x: u64 = ${regLoad(s, 'd')}; ${f(s)} ${setReg(s, 'd', down(s))}`))
  family(`${name}_M`, sizes((s) => `${EA} ${W(BYTES[s])} const x: u64 = ${regLoad(s, 'p')}; ${f(s)} store<${T[s]}>(p, <${T[s]}>(${down(s)})); ${COMMIT}`))
}
family('NOT_R', sizes((s) => `const d = ${D}; ${setReg(s, 'd', s === 2 ? '<u64>load<u32>(d) ^ 0xffffffff' : `~load<${T[s]}>(d)`)}`))
family('NOT_M', sizes((s) => `${EA} ${W(BYTES[s])} store<${T[s]}>(p, ~load<${T[s]}>(p)); ${COMMIT}`))

// Shifts by an immediate from 1 to size-1, of 4 and 8 bytes.
const top = (s) => (s === 3 ? '' : ' << 32')
family('SHL_RI', sizes((s) => `const d = ${D}; const c = <u64>load<i32>(o, 24); const x: u64 = ${regLoad(s, 'd')}; const r: u64 = x << c; ${F(KIND('K_SHL', s), 'r', 'x', 'c')} ${setReg(s, 'd', down(s))}`, [2, 3]))
family('SHR_RI', sizes((s) => `const d = ${D}; const c = <u64>load<i32>(o, 24); const x: u64 = load<${T[s]}>(d); const v = x >> c; ${F(KIND('K_SHR', s), `v${top(s)}`, 'x', 'c')} store<u64>(d, v);`, [2, 3]))
family('SAR_RI', sizes((s) => `const d = ${D}; const c = <i64>load<i32>(o, 24); const x = <i64>load<i${8 << s}>(d); const v = <u64>(x >> c); ${F(KIND('K_SAR', s), `v${top(s)}`, '<u64>x', '<u64>c')} store<u64>(d, ${s === 3 ? 'v' : '<u64><u32>v'});`, [2, 3]))
// Rotates whose flags nobody can see.
family('ROL_QUIET', sizes((s) => `const d = ${D}; store<u64>(d, rotl<${T[s]}>(load<${T[s]}>(d), <${T[s]}>load<i32>(o, 24)));`, [2, 3]))
family('ROR_QUIET', sizes((s) => `const d = ${D}; store<u64>(d, rotr<${T[s]}>(load<${T[s]}>(d), <${T[s]}>load<i32>(o, 24)));`, [2, 3]))
// All others: kind in imm2, count in imm or (negative) in CL.
const COUNTED = 'const n = load<i32>(o, 24); const c = n < 0 ? <i32>load<u8>(regs + R_rcx) : n;'
const zeroTop = (s) => (s === 2 ? 'store<u32>(p, 0, 4);' : '')
family('SHIFT_R', sizes((s) => `const p = ${D}; ${COUNTED} ${explicit(`shift(${IMM2}, p, ${s}, c, ${FLAGS})`)} ${zeroTop(s)}`))
family('SHIFT_M', sizes((s) => `${EA} ${W(BYTES[s])} ${COUNTED} ${explicit(`shift(${IMM2}, p, ${s}, c, ${FLAGS})`)} ${COMMIT}`))
family('DSHIFT_R', sizes((s) => `const p = ${D}; ${COUNTED} ${explicit(`doubleShift(${IMM2}, p, load<u64>(${S}), ${s}, c, ${FLAGS})`)} ${zeroTop(s)}`, [1, 2, 3]))
family('DSHIFT_M', sizes((s) => `${EA} ${W(BYTES[s])} ${COUNTED} ${explicit(`doubleShift(${IMM2}, p, load<u64>(${S}), ${s}, c, ${FLAGS})`)} ${COMMIT}`, [1, 2, 3]))

// Bit tests: kind in imm2. Only CF changes; the rest is what it was before (Intel leaves OF, SF, AF, PF undefined, processors keep them).
const carry = (v) => explicit(`(${FLAGS} & ~CF) | ${v}`)
const NBITS = [8, 16, 32, 64]
family('BIT_RR', sizes((s) => `const p = ${D}; ${carry(`bitTest(${IMM2}, p, ${s}, <u64>load<${T[s]}>(${S}) & ${NBITS[s] - 1})`)} ${s === 2 ? `if (${IMM2}) store<u32>(p, 0, 4);` : ''}`, [1, 2, 3]))
family('BIT_RI', sizes((s) => `const p = ${D}; ${carry(`bitTest(${IMM2}, p, ${s}, ${IMM} & ${NBITS[s] - 1})`)} ${s === 2 ? `if (${IMM2}) store<u32>(p, 0, 4);` : ''}`, [1, 2, 3]))
family('BIT_MI', sizes((s) => `${EA} let p: u32; if (${IMM2} == 0) { ${R(BYTES[s], 'ea', 'q')} p = q } else { ${W(BYTES[s], 'ea', 'q')} p = q } ${carry(`bitTest(${IMM2}, p, ${s}, ${IMM} & ${NBITS[s] - 1})`)} ${COMMIT}`, [1, 2, 3]))
// The bit offset in a register reaches beyond the operand. The address before it, wrapped to the address size, is in tmp0 when imm is set.
family('BIT_MR', sizes((s) => `const i = <i64>load<i${8 << s}>(${S}); const e0: u64 = (load<u64>(regs + load<u16>(o, 6)) + (load<u64>(regs + load<u16>(o, 8)) << <u64>load<u8>(o, 10)) + load<u64>(o, 16)) & mask; const ea: u64 = (e0 + <u64>((i >> ${3 + s}) * ${BYTES[s]})) & mask; let p: u32; if (${IMM2} == 0) { ${R(BYTES[s], 'ea', 'q')} p = q } else { ${W(BYTES[s], 'ea', 'q')} p = q } ${carry(`bitTest(${IMM2}, p, ${s}, <u64>i & ${NBITS[s] - 1})`)} ${COMMIT}`, [1, 2, 3]))
// BSF (imm2 0) and BSR (1): a zero source sets ZF and leaves the destination, as all processors with long mode do.
const scan = (s) => `if (v == 0) { ${explicit(`(${FLAGS} | ZF)`)} ${s === 2 ? 'KEEP' : ''} } else { const r: u64 = ${IMM2} ? 63 - clz<u64>(v) : ctz<u64>(v); ${setReg(s, D, 'r')} ${explicit(`${FLAGS} & ~ZF`)} }`.replace('KEEP', '')
family('SCAN_R', sizes((s) => `const v: u64 = load<${T[s]}>(${S}); ${scan(s)}`, [1, 2, 3]))
family('SCAN_M', sizes((s) => `${EA} ${R(BYTES[s])} const v: u64 = load<${T[s]}>(p); ${scan(s)}`, [1, 2, 3]))

// IMUL with two and three operands. ZF, SF, PF and AF are undefined; CF and OF tell an overflow.
const imul = (s, x, y) => s === 3
  ? `const x = <i64>${x}; const y = <i64>${y}; const v = <u64>(x * y); ${F('K_RES', 'v', '(mulHighSigned(x, y) != <i64>v >> 63 ? CF | OF : 0)')} store<u64>(${D}, v);`
  : s === 2
    ? `const v = <i64>${x} * <i64>${y}; ${F(KIND('K_RES', 2), '<u64>v << 32', '(v != <i64><i32>v ? CF | OF : 0)')} store<u64>(${D}, <u64><u32>v);`
    : `const v = <i32>${x} * <i32>${y}; ${F(KIND('K_RES', 1), '<u64>v << 48', '(v != <i32><i16>v ? CF | OF : 0)')} store<u16>(${D}, <u16>v);`
const signed = (s, at) => `load<i${8 << s}>(${at})`
family('IMUL_RR', sizes((s) => imul(s, signed(s, D), signed(s, S)), [1, 2, 3]))
family('IMUL_RM', sizes((s) => `${EA} ${R(BYTES[s])} ${imul(s, signed(s, D), signed(s, 'p'))}`, [1, 2, 3]))
family('IMUL_RRI', sizes((s) => imul(s, signed(s, S), 'load<i32>(o, 24)'), [1, 2, 3]))
family('IMUL_RMI', sizes((s) => `${EA} ${R(BYTES[s])} ${imul(s, signed(s, 'p'), 'load<i32>(o, 24)')}`, [1, 2, 3]))
// Group 3: kind in imm2, 4 to 7.
const mulDiv = (s) => `const m = mulDiv(${IMM2}, p, ${s}, regs + R_rax, regs + R_rdx); if (m < 0) { ${raise(0)} } if (${IMM2} < 6) { ${F(KIND('K_RES', s), `<u64>load<${T[s]}>(regs + R_rax)${s === 3 ? '' : ` << ${SH[s]}`}`, '(m ? CF | OF : 0)')} }`
family('MULDIV_R', sizes((s) => `const p = ${S}; ${mulDiv(s)}`))
family('MULDIV_M', sizes((s) => `${EA} ${R(BYTES[s])} ${mulDiv(s)}`))

family('CMOV32_R', each((c) => `const d = ${D}; store<u64>(d, <u64>(${condition(ANY, c)} ? load<u32>(${S}) : load<u32>(d)));`))
family('CMOV64_R', each((c) => `if (${condition(ANY, c)}) store<u64>(${D}, load<u64>(${S}));`))
family('CMOV16_R', `if (cond(${IMM2})) store<u16>(${D}, load<u16>(${S}));`)
family('CMOV_M', sizes((s) => `${EA} ${R(BYTES[s])} const d = ${D}; const v = load<${T[s]}>(p); ${s === 2 ? `store<u64>(d, <u64>(cond(${IMM2}) ? v : load<u32>(d)));` : `if (cond(${IMM2})) store<${T[s]}>(d, v);`}`, [1, 2, 3]))
family('SETCC_R', each((c) => `store<u8>(${D}, <u8>${condition(ANY, c)});`))
family('SETCC_M', `${EA} ${W(1)} store<u8>(p, <u8>cond(${IMM2}));`)

family('XCHG_RR', sizes((s) => `const d = ${D}; const e = ${S}; const v = load<${T[s]}>(d); ${setReg(s, 'd', `load<${T[s]}>(e)`)} ${setReg(s, 'e', 'v')}`))
family('XCHG_MR', sizes((s) => `${EA} ${W(BYTES[s])} const e = ${S}; const v = load<${T[s]}>(p); store<${T[s]}>(p, load<${T[s]}>(e)); ${COMMIT} ${setReg(s, 'e', 'v')}`))
family('XADD_R', sizes((s) => `const d = ${D}; const e = ${S}; const x: u64 = ${regLoad(s, 'd')}; const y: u64 = ${regLoad(s, 'e')}; ${alu('ADD', s)} ${setReg(s, 'e', s === 3 ? 'x' : `x >> ${SH[s]}`)} ${setReg(s, 'd', down(s))}`))
family('XADD_M', sizes((s) => `${EA} ${W(BYTES[s])} const e = ${S}; const x: u64 = ${regLoad(s, 'p')}; const y: u64 = ${regLoad(s, 'e')}; ${alu('ADD', s)} store<${T[s]}>(p, <${T[s]}>(${down(s)})); ${COMMIT} ${setReg(s, 'e', s === 3 ? 'x' : `x >> ${SH[s]}`)}`))
const cmpxchg = (s, set) => `const y: u64 = ${regLoad(s, 'p')}; const x: u64 = ${regLoad(s, 'regs + R_rax')}; ${alu('CMP', s)} if (r == 0) { ${set} } else { ${setReg(s, 'regs + R_rax', s === 3 ? 'y' : `y >> ${SH[s]}`)} }`
family('CMPXCHG_R', sizes((s) => `const p = ${D}; ${cmpxchg(s, setReg(s, 'p', `load<${T[s]}>(${S})`))}`))
family('CMPXCHG_M', sizes((s) => `${EA} ${W(BYTES[s])} ${cmpxchg(s, `store<${T[s]}>(p, load<${T[s]}>(${S})); ${COMMIT}`)}`))
family('CMPXCHG8B', `${EA} ${W(8)} const v = load<u64>(p); const f = ${FLAGS}; if (v == ((load<u64>(regs + R_rdx) << 32) | load<u32>(regs + R_rax))) { store<u64>(p, (load<u64>(regs + R_rcx) << 32) | load<u32>(regs + R_rbx)); ${COMMIT} ${explicit('f | ZF')} } else { store<u64>(regs + R_rdx, v >> 32); store<u64>(regs + R_rax, v & 0xffffffff); ${explicit('f & ~ZF')} }`)
family('CMPXCHG16B', `${EA} if (ea & 15) { ${raise(13)} } ${W(16)} const v = load<u64>(p), w = load<u64>(p, 8); const f = ${FLAGS}; if (v == load<u64>(regs + R_rax) && w == load<u64>(regs + R_rdx)) { store<u64>(p, load<u64>(regs + R_rbx)); store<u64>(p, load<u64>(regs + R_rcx), 8); ${explicit('f | ZF')} } else { store<u64>(regs + R_rdx, w); store<u64>(regs + R_rax, v); ${explicit('f & ~ZF')} }`)
family('BSWAP', [`const d = ${D}; store<u64>(d, bswap<u32>(load<u32>(d)));`, `const d = ${D}; store<u64>(d, bswap<u64>(load<u64>(d)));`])

// The stack. Sizes 2, 4, 8.
const SP = 'regs + R_rsp'
const push = (s, v) => `const sp: u64 = (load<u64>(${SP}) - ${BYTES[s]}) & mask; ${W(BYTES[s], 'sp')} store<${T[s]}>(p, <${T[s]}>(${v})); ${COMMIT} store<u64>(${SP}, sp);`
const pop = (s) => `const sp: u64 = load<u64>(${SP}) & mask; ${R(BYTES[s], 'sp', 'p')} const v = load<${T[s]}>(p);`
const popped = (s) => `store<u64>(${SP}, (sp + ${BYTES[s]}) & mask);`
const STACK = [1, 2, 3]
family('PUSH_R', sizes((s) => `const v = load<u64>(${D}); ${push(s, 'v')}`, STACK))
family('PUSH_I', sizes((s) => push(s, 'load<i32>(o, 24)'), STACK))
family('PUSH_M', sizes((s) => `${EA} ${R(BYTES[s], 'ea', 'r')} const v = load<${T[s]}>(r); ${push(s, 'v')}`, STACK))
family('POP_R', sizes((s) => `${pop(s)} ${popped(s)} ${s === 1 ? `store<u16>(${D}, v);` : `store<u64>(${D}, <u64>v);`}`, STACK))
// POP to memory computes its address with rSP already raised; on a fault rSP is what it was.
family('POP_M', sizes((s) => `const sp: u64 = load<u64>(${SP}) & mask; ${R(BYTES[s], 'sp', 'r')} const v = load<${T[s]}>(r); store<u64>(${SP}, (sp + ${BYTES[s]}) & mask); ${EA} store<u64>(${SP}, sp); ${W(BYTES[s])} store<${T[s]}>(p, v); ${COMMIT} ${popped(s)}`, STACK))
// Pushed as RFLAGS with VM and RF clear.
family('PUSHF', sizes((s) => `const v = ((load<u64>(regs + R_rflags) & ~(ARITH | 0x30000)) | ${FLAGS}); ${push(s, 'v')}`, STACK))
const pushAll = (s) => `const old = load<u64>(${SP}); const sp: u64 = (old - ${8 * BYTES[s]}) & mask; ${W(8 * BYTES[s], 'sp')} ${['rdi', 'rsi', 'rbp', null, 'rbx', 'rdx', 'rcx', 'rax'].map((r, i) => `store<${T[s]}>(p, <${T[s]}>${r ? `load<u64>(regs + R_${r})` : 'old'}, ${i * BYTES[s]});`).join(' ')} ${COMMIT} store<u64>(${SP}, sp);`
const popAll = (s) => `const sp: u64 = load<u64>(${SP}) & mask; ${R(8 * BYTES[s], 'sp')} ${['rdi', 'rsi', 'rbp', null, 'rbx', 'rdx', 'rcx', 'rax'].map((r, i) => (r ? setReg(s, `regs + R_${r}`, `load<${T[s]}>(p, ${i * BYTES[s]})`) : '')).join(' ')} store<u64>(${SP}, (sp + ${8 * BYTES[s]}) & mask);`
family('PUSHA', [pushAll(1), pushAll(2)])
family('POPA', [popAll(1), popAll(2)])
family('LEAVE', sizes((s) => `const sp: u64 = load<u64>(regs + R_rbp) & mask; ${R(BYTES[s], 'sp')} ${setReg(s, 'regs + R_rbp', `load<${T[s]}>(p)`)} store<u64>(${SP}, (sp + ${BYTES[s]}) & mask);`, STACK))

family('CBW', ['store<u16>(regs + R_rax, <u16><i32>load<i8>(regs + R_rax));', 'store<u64>(regs + R_rax, <u64><u32><i32>load<i16>(regs + R_rax));', 'store<u64>(regs + R_rax, <u64><i64>load<i32>(regs + R_rax));'])
family('CWD', ['store<u16>(regs + R_rdx, <u16>(<i32>load<i16>(regs + R_rax) >> 15));', 'store<u64>(regs + R_rdx, <u64><u32>(load<i32>(regs + R_rax) >> 31));', 'store<u64>(regs + R_rdx, load<i64>(regs + R_rax) >> 63);'])
family('LAHF', `store<u8>(regs + R_rax, <u8>((${FLAGS} & 0xd5) | 2), 1);`)
family('SAHF', explicit(`(${FLAGS} & OF) | (<u64>load<u8>(regs + R_rax, 1) & 0xd5)`))
family('CARRY', [explicit(`${FLAGS} & ~CF`), explicit(`${FLAGS} | CF`), explicit(`${FLAGS} ^ CF`)])
family('DIRECTION', ['store<u64>(regs + R_rflags, load<u64>(regs + R_rflags) & ~0x400);', 'store<u64>(regs + R_rflags, load<u64>(regs + R_rflags) | 0x400);'])
family('DECIMAL', `const f = decimal(${IMM2}, regs + R_rax, load<i32>(o, 24), ${FLAGS}); if (f < 0) { ${raise(0)} } ${explicit('<u64>f')}`)
family('SALC', `store<u8>(regs + R_rax, cf() ? 0xff : 0);`)
// A string instruction without REP. imm: kind, size, rep; dst: slot of the source's segment base; imm2: bytes of the address size.
const STRING = `const n = load<i32>(o, 28); const amask: u64 = n == 8 ? <u64>-1 : n == 4 ? 0xffffffff : 0xffff; store<u32>(C_op, o);`
const COMPARED = `const kind = load<i32>(o, 24) & 15; if ((kind == 1 || kind == 4) && load<i32>(C_iterations) != 0) { const x = load<u64>(C_compareA), y = load<u64>(C_compareB); ${F('K_SUB | (64 - (8 << ((load<i32>(o, 24) >> 4) & 15))) << 4', 'x - y', 'x', 'y')} }`
family('STRING', `${STRING} if (strings(load<i32>(o, 24), regs, amask, load<u64>(${D}), mask, 1, o)) { store<i32>(C_reason, 1); ip = EXIT; break } ${COMPARED}`)

// The commonest SSE moves and integer operations; their codes are those of src/cpu/sse-table.ts (opcode, prefix in bits 8 and 9).
const V = (at) => `v128.load(${at})`
const lanes = (...l) => (a, b) => `i8x16.shuffle(${a}, ${b}, ${l.join(', ')})`
/** @type {[number[], (a: string, b: string) => string][]} */
const VECTOR = [
  [[0x1ef, 0x057, 0x157], (a, b) => `v128.xor(${a}, ${b})`], // pxor, xorps, xorpd
  [[0x1eb, 0x056, 0x156], (a, b) => `v128.or(${a}, ${b})`],
  [[0x1db, 0x054, 0x154], (a, b) => `v128.and(${a}, ${b})`],
  [[0x1df, 0x055, 0x155], (a, b) => `v128.andnot(${b}, ${a})`], // pandn: not the first, and the second
  [[0x174], (a, b) => `i8x16.eq(${a}, ${b})`],
  [[0x175], (a, b) => `i16x8.eq(${a}, ${b})`],
  [[0x176], (a, b) => `i32x4.eq(${a}, ${b})`],
  [[0x164], (a, b) => `i8x16.gt_s(${a}, ${b})`],
  [[0x1f8], (a, b) => `i8x16.sub(${a}, ${b})`],
  [[0x1fa], (a, b) => `i32x4.sub(${a}, ${b})`],
  [[0x1fc], (a, b) => `i8x16.add(${a}, ${b})`],
  [[0x1fd], (a, b) => `i16x8.add(${a}, ${b})`],
  [[0x1fe], (a, b) => `i32x4.add(${a}, ${b})`],
  [[0x1d4], (a, b) => `i64x2.add(${a}, ${b})`],
  [[0x1da], (a, b) => `i8x16.min_u(${a}, ${b})`],
  [[0x1de], (a, b) => `i8x16.max_u(${a}, ${b})`],
  [[0x160], lanes(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)], // punpcklbw
  [[0x161], lanes(0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)],
  [[0x162], lanes(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)],
  [[0x16c], lanes(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)], // punpcklqdq
]
/** Codes by their place in the families VECTOR_RR and VECTOR_RM. */
export const VECTOR_CODES = VECTOR.map(([codes]) => codes)
const ALIGNED = `if (ea & 15) { ${raise(13)} }`
family('VECTOR_RR', VECTOR.map(([, f]) => `const d = ${D}; v128.store(d, ${f(V('d'), V(S))});`))
family('VECTOR_RM', VECTOR.map(([, f]) => `${EA} ${ALIGNED} ${R(16)} const d = ${D}; v128.store(d, ${f(V('d'), V('p'))});`))
family('VMOV_RR', `v128.store(${D}, ${V(S)});`)
family('VLOAD', [`${EA} ${R(16)} v128.store(${D}, ${V('p')});`, `${EA} ${ALIGNED} ${R(16)} v128.store(${D}, ${V('p')});`])
family('VSTORE', [`${EA} ${W(16)} v128.store(p, ${V(S)}); ${COMMIT}`, `${EA} ${ALIGNED} ${W(16)} v128.store(p, ${V(S)});`])
// Of 4 and 8 bytes: loads clear the rest. A general register's lowest bytes are a source too.
family('VLOAD_LOW', [`${EA} ${R(4)} v128.store(${D}, v128.load32_zero(p));`, `${EA} ${R(8)} v128.store(${D}, v128.load64_zero(p));`])
family('VSTORE_LOW', [`${EA} ${W(4)} store<u32>(p, load<u32>(${S})); ${COMMIT}`, `${EA} ${W(8)} store<u64>(p, load<u64>(${S})); ${COMMIT}`])
family('VMOV_LOW', [`v128.store(${D}, v128.load32_zero(${S}));`, `v128.store(${D}, v128.load64_zero(${S}));`])
family('PMOVMSKB', `store<u64>(${D}, <u64>i8x16.bitmask(${V(S)}));`)
// MOVHPS, MOVHPD: the upper half.
family('VLOAD_HIGH', `${EA} ${R(8)} store<u64>(${D}, load<u64>(p), 8);`)
family('VSTORE_HIGH', `${EA} ${W(8)} store<u64>(p, load<u64>(${S}, 8)); ${COMMIT}`)

// MMX and SSE: code in imm, immediate byte in imm2. Memory forms: what is done to memory in scale (bit 0 reads, 1 writes, 2 aligned, 3 sets flags, 4 dst is memory), bytes in the data slot.
const RESULT = (code) => `if (z < 0) { ip = raise(o, z == -1 ? ${code} : z == -2 ? 16 : z == -3 ? 13 : 6, 0); break }`
family('SSE_R', `const z = sse(load<i32>(o, 24), ${D}, ${S}, load<u8>(o, 28), regs); ${RESULT(19)} if (load<u8>(o, 29)) { ${explicit('<u64>z')} }`)
family('SSE_M', `${EA} const w = load<u8>(o, 29); const n = <i32>load<u16>(o, 30); if ((w & 4) != 0 && (ea & 15) != 0) { ${raise(13)} } const last = ((ea + n - 1) ^ ea) >> 12; const t: u32 = ((<u32>ea >>> 12) & 1023) << 4; let p: u32; if (last == 0 && load<u64>(t, (w & 2) ? T_WRITE : T_READ) == (ea & 0xfffffffffffff000)) p = <u32>ea + load<u32>(t, ((w & 2) ? T_WRITE : T_READ) + 8); else { p = (w & 2) ? slowW(ea, n, o) : slowR(ea, n, o); if (!p) { store<i32>(C_reason, 1); ip = EXIT; break } } const z = (w & 16) ? sse(load<i32>(o, 24), p, ${S}, load<u8>(o, 28), regs) : sse(load<i32>(o, 24), ${D}, p, load<u8>(o, 28), regs); ${RESULT(19)} ${COMMIT} if (w & 8) { ${explicit('<u64>z')} }`
  .replaceAll('load<u64>(t, (w & 2) ? T_WRITE : T_READ)', '((w & 2) ? load<u64>(t, T_WRITE) : load<u64>(t, T_READ))')
  .replaceAll('load<u32>(t, ((w & 2) ? T_WRITE : T_READ) + 8)', '((w & 2) ? load<u32>(t, T_WRITE + 8) : load<u32>(t, T_READ + 8))'))
family('X87_R', `if (load<u8>(o, 29) & 16) { store<u64>(regs + R_rflags, (load<u64>(regs + R_rflags) & ~ARITH) | ${FLAGS}); } const z = x87(load<i32>(o, 24), regs, 0, load<u8>(o, 28)); ${RESULT(16)} if (load<u8>(o, 29) & 8) { ${explicit('<u64>z')} }`)
family('X87_M', `${EA} const w = load<u8>(o, 29); const n = <i32>load<u16>(o, 30); const last = ((ea + n - 1) ^ ea) >> 12; const t: u32 = ((<u32>ea >>> 12) & 1023) << 4; let p: u32; if (last == 0 && ((w & 2) ? load<u64>(t, T_WRITE) : load<u64>(t, T_READ)) == (ea & 0xfffffffffffff000)) p = <u32>ea + ((w & 2) ? load<u32>(t, T_WRITE + 8) : load<u32>(t, T_READ + 8)); else { p = (w & 2) ? slowW(ea, n, o) : slowR(ea, n, o); if (!p) { store<i32>(C_reason, 1); ip = EXIT; break } } const z = x87(load<i32>(o, 24), regs, p, load<u8>(o, 28)); ${RESULT(16)} ${COMMIT}`)

// Block ends.
family('FALL', `${spend('<i32>load<u8>(o, 15)')} ${follow(24, 'load<u64>(o, 16)')}`)
family('JMP', `${COUNT} ${follow(24, 'load<u64>(o, 16)')}`)
for (const [name, set] of [['JCC', ANY], ['JCC_SUB', AFTER_SUB], ['JCC_LOGIC', AFTER_LOGIC]])
  family(name, each((c) => `${COUNT} if (${condition(set, c)}) { ${follow(24, 'load<u64>(o, 16)')} } else { ${follow(28, NEXT)} }`))
// CMP and TEST with the Jcc that follows: one op of two instructions. Target and links are in the data slot.
const fused = (f, list, set) => list.map((s) => each((c) => `${f(s)} ${spend('2 + <i32>load<u8>(o, 15)')} if (${condition(set, c)}) { ${follow(56, 'load<u64>(o, 48)')} } else { ${follow(60, NEXT)} }`)).flat()
const SUBTRACT = afterSub('x', 'y', 'r'), LOGICAL = afterLogic('r')
family('CMPJ_RR', fused((s) => `const y: u64 = ${regLoad(s, S)}; const x: u64 = ${regLoad(s, D)}; ${alu('CMP', s)}`, [2, 3], SUBTRACT))
family('CMPJ_RI', fused((s) => `const y: u64 = ${up(s, IMM)}; const x: u64 = ${regLoad(s, D)}; ${alu('CMP', s)}`, [0, 2, 3], SUBTRACT))
family('CMPJ_RM', fused((s) => `${EA} ${R(BYTES[s])} const y: u64 = ${regLoad(s, 'p')}; const x: u64 = ${regLoad(s, D)}; ${alu('CMP', s)}`, [2, 3], SUBTRACT))
family('CMPJ_MI', fused((s) => `${EA} ${R(BYTES[s])} const y: u64 = ${up(s, IMM)}; const x: u64 = ${regLoad(s, 'p')}; ${alu('CMP', s)}`, [0, 2, 3], SUBTRACT))
family('TESTJ_RR', fused((s) => `const y: u64 = ${regLoad(s, S)}; const x: u64 = ${regLoad(s, D)}; ${alu('AND', s)}`, [0, 2, 3], LOGICAL))
family('TESTJ_RI', fused((s) => `const y: u64 = ${up(s, IMM)}; const x: u64 = ${regLoad(s, D)}; ${alu('AND', s)}`, [0, 2, 3], LOGICAL))
// JrCXZ (imm2... kind 3), LOOP (2), LOOPE (1), LOOPNE (0): kind in scale, bytes of the count in length's neighbour src.
family('LOOP', `${COUNT} const n = load<u16>(o, 4), kind = load<u8>(o, 10); let c: u64 = n == 8 ? load<u64>(regs + R_rcx) : n == 4 ? <u64>load<u32>(regs + R_rcx) : <u64>load<u16>(regs + R_rcx); let taken: bool; if (kind == 3) taken = c == 0; else { c--; if (n == 2) { store<u16>(regs + R_rcx, <u16>c); c &= 0xffff } else if (n == 4) { c &= 0xffffffff; store<u64>(regs + R_rcx, c) } else store<u64>(regs + R_rcx, c); taken = c != 0 && (kind == 2 || (load<u64>(F_r) == 0) == (kind == 1)); } if (taken) { ${follow(24, 'load<u64>(o, 16)')} } else { ${follow(28, NEXT)} }`)
// Calls and returns of 4 and 8 bytes.
const callTo = (s) => push(s, NEXT)
family('CALL', sizes((s) => `${callTo(s)} ${COUNT} ${follow(24, 'load<u64>(o, 16)')}`, [2, 3]))
family('CALL_R', sizes((s) => `const x: u64 = load<${T[s]}>(${S}); ${CANONICAL} ${callTo(s)} ${COUNT} ${INDIRECT}`, [2, 3]))
family('CALL_M', sizes((s) => `${EA} ${R(BYTES[s], 'ea', 'r')} const x: u64 = load<${T[s]}>(r); ${CANONICAL} ${callTo(s)} ${COUNT} ${INDIRECT}`, [2, 3]))
family('JMP_R', sizes((s) => `const x: u64 = load<${T[s]}>(${S}); ${CANONICAL} ${COUNT} ${INDIRECT}`, [2, 3]))
family('JMP_M', sizes((s) => `${EA} ${R(BYTES[s])} const x: u64 = load<${T[s]}>(p); ${CANONICAL} ${COUNT} ${INDIRECT}`, [2, 3]))
family('RET', sizes((s) => `${pop(s)} const x: u64 = v; ${CANONICAL} store<u64>(${SP}, (sp + ${BYTES[s]} + <u64>load<i32>(o, 24)) & mask); ${COUNT} ${INDIRECT}`, [2, 3]))
family('REP', `${STRING} const most = <i64>load<i32>(C_left) + 64 - <i64>load<u8>(o, 15); const z = strings(load<i32>(o, 24), regs, amask, load<u64>(${D}), mask, most, o); ${COMPARED} const done = load<i32>(C_iterations); if (z == 0) { ${spend('<i32>load<u8>(o, 15) + (done == 0 ? 1 : done)')} const q = load<i32>(o, 60); if ((q | load<i32>(C_left)) >= 0) ip = q; else { ${leave('load<u64>(o, 16)', 'o + 60')} } } else if (z == 1) { ${spend('done')} store<i32>(C_reason, 1); ip = EXIT; } else { ${spend('<i32>load<u8>(o, 15) + done')} ${leave('blockRip(o) + load<u16>(o, 12)')} }`)
// POPF of 2, 4, 8 bytes in ring 3 with IOPL 0: IF and IOPL stay; RF and VM become 0. Then TypeScript looks at TF.
family('POPF', sizes((s) => `${pop(s)} ${popped(s)} const keep: u64 = ${s === 1 ? '0xffffffffffff3200' : '0x3200'}; const w = (load<u64>(regs + R_rflags) & keep) | (<u64>v & ${s === 1 ? '0x4dd5' : '0x244dd5'}) | 2; store<u64>(regs + R_rflags, w); ${explicit('w & ARITH')} ${COUNT} ${leave('load<u64>(o, 16)')}`, STACK))
// Raises the vector in imm with the error code in imm2.
family('RAISE', raise('load<i32>(o, 24)', 'load<i32>(o, 28)'))
// Asks TypeScript for function imm.
family('HELPER', 'store<u32>(C_op, o); store<i32>(C_reason, 2); ip = EXIT;')
// SYSCALL, SYSENTER, INT n: retired, with rip at it; the reason is imm and the instruction's length in its highest byte.
family('GATE', `store<u64>(regs + R_rip, (blockRip(o) + load<u16>(o, 12)) & mask); ${COUNT} store<i32>(C_reason, load<i32>(o, 24) | (<i32>load<u8>(o, 11) << 24)); ip = EXIT;`)
