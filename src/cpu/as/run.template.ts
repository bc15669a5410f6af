/** The executor's loop, and the functions that do what it does not do itself. The cases come from op-table.mjs. */
import {
  K_ADD, K_SUB, K_LOGIC, K_RES, K_ADC, K_SBB, K_EXPL, K_INC, K_DEC, K_SHL, K_SHR, K_SAR,
  CF, ZF, OF, ARITH, cf, cfKept, vf, sf, pf, lt, cond, flagsNow, setFlags,
} from '../flags'
import { slowR, slowW, commit } from '../memory'
import { shift, doubleShift, mulHighSigned, mulDiv, bitTest, decimal } from '../arith'
import { strings } from '../strings'
/* FP IMPORTS */
import {
  EXIT, F_k, F_a, F_b, F_r, C_reason, C_op, C_link, C_left, C_vector, C_errorCode, C_address,
  C_compareA, C_compareB, C_iterations, BOUNCE_W, T_READ, T_WRITE, T_CODE, CODE_ENTRIES,
  R_rip, R_rflags, R_rax, R_rbx, R_rcx, R_rdx, R_rsi, R_rdi, R_rbp, R_rsp, R_tmp0,
} from './constants'

/** Leaves for TypeScript: the block at `rip` is not linked at `link`, or the budget is near its end. */
function leave(o: u32, regs: u32, rip: u64, link: u32): u32 {
  store<u64>(regs + R_rip, rip)
  store<u32>(C_link, link)
  store<u32>(C_op, o)
  store<i32>(C_reason, 0)
  return EXIT
}

/** Raises a fault at op `o`. */
function raise(o: u32, vector: i32, code: i32): u32 {
  store<i32>(C_vector, vector)
  store<i32>(C_errorCode, code)
  store<u64>(C_address, 0)
  store<u32>(C_op, o)
  store<i32>(C_reason, 1)
  return EXIT
}

/* FUNCTIONS */

/** Linear address of the block that op `o` belongs to. */
function blockRip(o: u32): u64 {
  return load<u64>(o - (<u32>load<u8>(o, 14) + 1) * 32)
}

/**
 * Runs the context at `regs` from its rip, or from op `start` when it is not 0, until something needs TypeScript.
 *
 * @param left instructions of the budget, less BLOCK_LIMIT
 * @returns a REASON
 */
export function run(regs: u32, is64: i32, left: i32, start: u32): i32 {
  const mask: u64 = is64 ? <u64>-1 : 0xffffffff
  setFlags(load<u64>(regs + R_rflags) & ARITH)
  store<i32>(C_left, left)
  let ip: u32 = start
  if (!ip) {
    const x = load<u64>(regs + R_rip)
    const h: u32 = ((<u32>x ^ (<u32>x >>> 12)) & (CODE_ENTRIES - 1)) << 4
    if (load<u64>(h, T_CODE) != x || left < 0) {
      store<u32>(C_link, 0)
      store<i32>(C_reason, 0)
      return 0
    }
    ip = load<u32>(h, T_CODE + 8)
  }
  while (true) {
    const o = ip
    ip += 32
    switch (<i32>load<u16>(o)) {
      /* CASES */
      default: unreachable()
    }
  }
}
