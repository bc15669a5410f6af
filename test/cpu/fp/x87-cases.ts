/** Cases for every x87 instruction of the table. */
import type { Random } from '../../../src/base/random.js'
import { lookupX87 } from '../../../src/cpu/x87-table.js'
import { below, exponents, f32, f64, integers, x80, type Target } from './operands.js'
import { IMAGE, RECORD } from './record.js'
import type { Group } from './sse-cases.js'

/** FCW: mostly as programs have it, else any rounding, precision and masks. */
function control(r: Random): number {
  const rc = below(r, 4) << 10
  const pc = [0, 2, 3, 3, 3][below(r, 5)]! << 8
  switch (below(r, 4)) {
    case 0: return 0x37f
    case 1: return 0x7f | pc | rc
    case 2: return 0x40 | r.u32() & 0x3f | pc | rc
    default: return 0x7f | 0x300 | rc
  }
}

/** Any status; pending exceptions are rare, since they stop most instructions. */
function status(r: Random, fcw: number): number {
  const flags = below(r, 12) === 0 ? r.u32() & 0x7f : below(r, 2) ? r.u32() & fcw & 0x3f : 0
  return flags | r.u32() & 0x4700 | below(r, 8) << 11 | (flags & ~fcw & 0x3f ? 0x8080 : 0)
}

function tags(r: Random, pushes: boolean): number {
  switch (below(r, 6)) {
    case 0: return r.u32() & 0xff
    case 1: return 0xff
    default: return pushes ? 0x7f : 0xff
  }
}

/** FTW is by physical register; the cases choose it by stack position. */
function rotateTags(byStack: number, top: number): number {
  return (byStack << top | byStack >> 8 - top) & 0xff
}

/** Opcodes that push. */
function pushes(opcode: number, modrm: number): boolean {
  const reg = modrm >> 3 & 7
  if (modrm < 0xc0) return opcode !== 0xd8 && (reg === 0 || reg === 5 && opcode !== 0xd9 || reg === 4 && opcode === 0xdf) && opcode % 2 === 1
  return opcode === 0xd9 && (reg === 0 || reg === 5 || modrm === 0xf4 || modrm === 0xf2 || modrm === 0xfb)
}

/** Integers near a case's interesting sizes, as double extended, for FIST, FRNDINT and FSCALE. */
function nearInteger(r: Random, t: Target, at: number): void {
  const bits = below(r, 66)
  t.view.setUint32(at, below(r, 3) === 0 ? 0 : r.u32(), true)
  t.view.setUint32(at + 4, (r.u32() | 0x80000000) >>> 0, true)
  t.view.setUint16(at + 8, 0x3ffd + bits | r.u32() & 0x8000, true)
}

function memory(r: Random, t: Target, opcode: number, reg: number): void {
  const at = RECORD.memory
  if (opcode === 0xdb && reg === 5) x80(r, t, at, exponents(r, 0x7fff))
  else if (opcode === 0xdf && reg === 4) decimal(r, t, at)
  else if (opcode === 0xd8 || opcode === 0xd9) f32(r, t, at, exponents(r, 0xff))
  else if (opcode === 0xdc || opcode === 0xdd) f64(r, t, at, exponents(r, 0x7ff))
  else integers(r, t, at, 16)
  if (opcode === 0xd9 && reg === 5) t.view.setUint16(at, control(r), true)
}

function decimal(r: Random, t: Target, at: number): void {
  for (let i = 0; i < 9; i++) t.bytes[at + i] = below(r, 10) << 4 | below(r, 10)
  t.bytes[at + 9] = below(r, 2) << 7
}

/** An environment to load: FCW, FSW, tags in 4-byte or 2-byte steps; then registers. */
function environment(r: Random, t: Target, short: boolean): void {
  const at = RECORD.memory, step = short ? 2 : 4
  for (let i = 0; i < 7 * step; i += 2) t.view.setUint16(at + i, 0, true)
  t.view.setUint16(at, control(r), true)
  t.view.setUint16(at + step, r.u32() & 0x7f7f, true)
  t.view.setUint16(at + 2 * step, r.u32() & 0xffff, true)
  const e = exponents(r, 0x7fff)
  for (let i = 0; i < 8; i++) x80(r, t, at + 7 * step + 10 * i, e)
}

function group(opcode: number, modrm: number, short: boolean): Group {
  const reg = modrm >> 3 & 7
  const pushing = pushes(opcode, modrm)
  const loadsState = modrm < 0xc0 && reg === 4 && (opcode === 0xd9 || opcode === 0xdd)
  return {
    name: `${opcode.toString(16)} ${modrm.toString(16)}${short ? ' 66' : ''} ${modrm < 0xc0 ? 'memory' : 'register'}`,
    code: [...(short ? [0x66] : []), opcode, ...(opcode === 0x9b ? [] : [modrm])],
    immediate: false,
    fill: (r, t) => {
      const fcw = control(r), fsw = status(r, fcw)
      t.view.setUint16(IMAGE.fcw, fcw, true)
      t.view.setUint16(IMAGE.fsw, fsw, true)
      t.view.setUint32(IMAGE.mxcsr, 0x1f80, true)
      t.bytes[IMAGE.ftw] = rotateTags(tags(r, pushing), fsw >> 11 & 7)
      const e = exponents(r, 0x7fff)
      const integral = below(r, 3) === 0
      for (let i = 0; i < 8; i++) {
        if (integral && below(r, 2)) nearInteger(r, t, IMAGE.st + 16 * i)
        else x80(r, t, IMAGE.st + 16 * i, e)
      }
      if (below(r, 8) === 0) t.bytes.copyWithin(IMAGE.st + 16, IMAGE.st, IMAGE.st + 10)
      if (below(r, 8) === 0) halfway(r, t)
      if (below(r, 4) === 0) narrow(r, t, IMAGE.st)
      memory(r, t, opcode, reg)
      if (loadsState) environment(r, t, short)
      integers(r, t, RECORD.rax, 8)
    },
  }
}

/** ST(0) and ST(1) so far apart that their sum or difference lies about half-way between two numbers. */
function halfway(r: Random, t: Target): void {
  const at = 0x3fff + below(r, 200) - 100, apart = 62 + below(r, 6)
  for (const [i, exponent] of [[0, at], [1, at - apart]] as const) {
    t.view.setUint32(IMAGE.st + 16 * i, below(r, 3), true)
    t.view.setUint32(IMAGE.st + 16 * i + 4, below(r, 3) ? 0x80000000 : 0xc0000000, true)
    t.view.setUint16(IMAGE.st + 16 * i + 8, r.u32() & 0x8000 | exponent, true)
  }
}

/** Gives a number an exponent that a single or a double has, so that stores round, overflow and underflow. */
function narrow(r: Random, t: Target, at: number): void {
  const centre = [0x3fff - 126, 0x3fff + 127, 0x3fff - 1022, 0x3fff + 1023, 0x3fff][below(r, 5)]!
  t.view.setUint16(at + 8, t.view.getUint16(at + 8, true) & 0x8000 | centre + below(r, 80) - 60, true)
  t.bytes[at + 7]! |= 0x80
  if (below(r, 3) === 0) t.view.setUint32(at, 0, true)
}

/** FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1. */
export function isTranscendental(opcode: number, modrm: number): boolean {
  return opcode === 0xd9 && [0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff].includes(modrm)
}

/** Every form that the table knows but the transcendental ones, for which see transcendental-cases. */
export function x87Groups(): Group[] {
  const out: Group[] = [group(0x9b, 0xc0, false)]
  for (let opcode = 0xd8; opcode < 0xe0; opcode++) {
    for (let modrm = 0; modrm < 256; modrm++) {
      if (modrm < 0xc0 && (modrm & 0xc7) !== 7 || isTranscendental(opcode, modrm)) continue
      // of the forms that take any ST(i), three are enough
      if (modrm >= 0xc0 && (modrm & 7) > 2 && lookupX87(opcode, modrm & ~7, false) !== null && sameForAll(opcode, modrm)) continue
      if (lookupX87(opcode, modrm, false) === null) continue
      out.push(group(opcode, modrm, false))
      if (lookupX87(opcode, modrm, true)!.size !== lookupX87(opcode, modrm, false)!.size) out.push(group(opcode, modrm, true))
    }
  }
  return out
}

function sameForAll(opcode: number, modrm: number): boolean {
  return opcode !== 0xd9 || modrm < 0xe0
}
