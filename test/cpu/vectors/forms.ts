/**
 * The instruction forms that vectors are recorded of, in nasm's syntax with places to fill: {r8} {r16} {r32} {r64}
 * registers, {m8} … memory of a random addressing mode, {i8} {i16} {i32} {i64} immediates, {s8} a sign-extended byte,
 * {c} a shift count, {q} an instruction.
 */
import { SETUP } from './setup.js'

/** A form: text, how often it is recorded, flags that the manual leaves undefined, and how registers are set. */
export interface Form {
  text: string
  count: number
  /** Undefined flags: a mask, or 'shift' (OF unless the count is 1, all unless the count is below the size). */
  undefined: number | 'shift' | 'rotate' | 'double'
  setup: number
  /** Operand size in bits, for shift counts. */
  size: number
  /** Bytes instead of text. */
  raw?: readonly number[]
}

const CF = 1, PF = 4, AF = 16, ZF = 64, SF = 128, OF = 0x800

/** All forms of one mode. */
export function forms(is64: boolean): Form[] {
  const out: Form[] = []
  const sizes = is64 ? [8, 16, 32, 64] : [8, 16, 32]
  const wide = sizes.slice(1)
  const add = (text: string, o: Partial<Form> = {}): void => {
    out.push({ text, count: 8, undefined: 0, setup: text.includes('{m') ? SETUP.memory : 0, size: 32, ...o })
    if (text.includes('{m') && o.setup === undefined) {
      out.push({ text, count: 2, undefined: 0, size: 32, ...o, setup: SETUP.memory | 0x100 })
      out.push({ text, count: 2, undefined: 0, size: 32, ...o, setup: SETUP.memory | 0x200 })
    }
  }
  const raw = (name: string, bytes: readonly number[], o: Partial<Form> = {}): void => {
    out.push({ text: name, raw: bytes, count: 2, undefined: 0, setup: 0, size: 32, ...o })
  }
  const imm = (s: number): string => (s === 64 ? 'i32' : `i${s}`)
  const strict = (s: number): string => (s === 64 ? '' : `strict ${s === 8 ? 'byte' : s === 16 ? 'word' : 'dword'}`)

  for (const n of ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test']) {
    const undef = n === 'or' || n === 'and' || n === 'xor' || n === 'test' ? AF : 0
    for (const s of sizes) {
      add(`${n} {r${s}}, {r${s}}`, { undefined: undef, count: 10 })
      if (n !== 'test') add(`${n} {r${s}}, {m${s}}`, { undefined: undef })
      add(`${n} {m${s}}, {r${s}}`, { undefined: undef })
      add(`${n} {r${s}}, ${strict(s)} {${imm(s)}}`, { undefined: undef })
      add(`${n} {m${s}}, ${strict(s)} {${imm(s)}}`, { undefined: undef })
      if (s > 8 && n !== 'test') {
        add(`${n} {r${s}}, strict byte {s8}`, { undefined: undef })
        add(`${n} {m${s}}, strict byte {s8}`, { undefined: undef, count: 4 })
      }
    }
    add(`${n} al, {i8}`, { undefined: undef, count: 3 })
    add(`${n} eax, strict dword {i32}`, { undefined: undef, count: 3 })
    if (n !== 'cmp' && n !== 'test') add(`lock ${n} {m32}, {r32}`, { undefined: undef, count: 2 })
  }
  for (const s of sizes) {
    add(`mov {r${s}}, {r${s}}`)
    add(`mov {r${s}}, {m${s}}`)
    add(`mov {m${s}}, {r${s}}`)
    add(`mov {r${s}}, {i${s}}`, { count: 4 })
    add(`mov {m${s}}, ${strict(s)} {${imm(s)}}`)
    add(`xchg {r${s}}, {r${s}}`)
    add(`xchg {m${s}}, {r${s}}`)
    add(`xadd {r${s}}, {r${s}}`)
    add(`xadd {m${s}}, {r${s}}`)
    add(`lock xadd {m${s}}, {r${s}}`, { count: 2 })
    add(`cmpxchg {r${s}}, {r${s}}`, { count: 10 })
    add(`cmpxchg {m${s}}, {r${s}}`)
    add(`lock cmpxchg {m${s}}, {r${s}}`, { count: 4 })
    for (const n of ['inc', 'dec', 'neg', 'not']) {
      add(`${n} {r${s}}`)
      add(`${n} {m${s}}`)
    }
    add(`lock inc {m${s}}`, { count: 2 })
    for (const n of ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar']) {
      const undef = n[0] === 'r' ? 'rotate' : 'shift'
      add(`${n} {r${s}}, 1`, { undefined: undef, size: s, count: 6 })
      add(`${n} {r${s}}, {c}`, { undefined: undef, size: s, count: 12 })
      add(`${n} {r${s}}, cl`, { undefined: undef, size: s, count: 14 })
      add(`${n} {m${s}}, 1`, { undefined: undef, size: s, count: 3 })
      add(`${n} {m${s}}, {c}`, { undefined: undef, size: s, count: 4 })
      add(`${n} {m${s}}, cl`, { undefined: undef, size: s, count: 6 })
    }
    const ma = SF | ZF | AF | PF
    for (const n of ['mul', 'imul']) {
      add(`${n} {r${s}}`, { undefined: ma, count: 12 })
      add(`${n} {m${s}}`, { undefined: ma })
    }
    for (const n of ['div', 'idiv']) {
      add(`${n} {r${s}}`, { undefined: 0x8d5, count: 30, setup: SETUP.divide })
      add(`${n} {m${s}}`, { undefined: 0x8d5, setup: SETUP.divide | SETUP.memory })
    }
  }
  for (const s of wide) {
    const ma = SF | ZF | AF | PF
    add(`imul {r${s}}, {r${s}}`, { undefined: ma, count: 12 })
    add(`imul {r${s}}, {m${s}}`, { undefined: ma })
    add(`imul {r${s}}, {r${s}}, ${strict(s)} {${imm(s)}}`, { undefined: ma })
    add(`imul {r${s}}, {m${s}}, strict byte {s8}`, { undefined: ma })
    for (const n of ['shld', 'shrd']) {
      add(`${n} {r${s}}, {r${s}}, {c}`, { undefined: 'double', size: s, count: 12 })
      add(`${n} {r${s}}, {r${s}}, cl`, { undefined: 'double', size: s, count: 12 })
      add(`${n} {m${s}}, {r${s}}, {c}`, { undefined: 'double', size: s, count: 4 })
      add(`${n} {m${s}}, {r${s}}, cl`, { undefined: 'double', size: s, count: 4 })
    }
    for (const n of ['bt', 'bts', 'btr', 'btc']) {
      const undef = OF | SF | AF | PF
      add(`${n} {r${s}}, {r${s}}`, { undefined: undef })
      add(`${n} {r${s}}, {i8}`, { undefined: undef })
      add(`${n} {m${s}}, {i8}`, { undefined: undef, count: 4 })
      add(`${n} {m${s}}, ${s === 16 ? 'cx' : s === 32 ? 'ecx' : 'rcx'}`, { undefined: undef, setup: SETUP.memory | SETUP.bits, count: 14 })
      if (n !== 'bt') add(`lock ${n} {m${s}}, {i8}`, { undefined: undef, count: 2 })
    }
    for (const n of ['bsf', 'bsr']) {
      add(`${n} {r${s}}, {r${s}}`, { undefined: OF | SF | AF | PF | CF, count: 10 })
      add(`${n} {r${s}}, {m${s}}`, { undefined: OF | SF | AF | PF | CF, count: 6 })
    }
    add(`lea {r${s}}, {a}`, { count: 60 })
    add(`push {r${s}}`, { setup: 0, ...(s === 32 && is64 ? { count: 0 } : {}) })
    add(`pop {r${s}}`, { ...(s === 32 && is64 ? { count: 0 } : {}) })
    if (!(s === 32 && is64)) {
      add(`push {m${s}}`)
      add(`pop {m${s}}`)
    }
    add(`movzx {r${s}}, {r8}`)
    add(`movzx {r${s}}, {m8}`)
    add(`movsx {r${s}}, {r8}`)
    add(`movsx {r${s}}, {m8}`)
    if (s > 16) {
      add(`movzx {r${s}}, {r16}`)
      add(`movzx {r${s}}, {m16}`)
      add(`movsx {r${s}}, {r16}`)
      add(`movsx {r${s}}, {m16}`)
      add(`bswap {r${s}}`)
    }
  }
  if (is64) {
    add('movsxd {r64}, {r32}')
    add('movsxd {r64}, {m32}')
    add('mov rax, [qword 0x20001010]', { count: 2 })
    add('mov [qword 0x20000ffc], rax', { count: 2 })
    add('cmpxchg16b [rbx]', { setup: SETUP.memory, count: 12 })
  }
  add(`mov eax, [${is64 ? 'abs ' : ''}0x20001010]`, { count: 3 })
  add(`mov [${is64 ? 'abs ' : ''}0x20000ffe], eax`, { count: 3 })
  add('mov al, [0x20001011]', { count: 3 })
  add('cmpxchg8b {m64}', { count: 12 })
  add('lock cmpxchg8b {m64}', { count: 2 })
  const conditions = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g']
  for (const c of conditions) {
    for (const s of wide) {
      add(`cmov${c} {r${s}}, {r${s}}`, { count: 6 })
      add(`cmov${c} {r${s}}, {m${s}}`, { count: 2 })
    }
    add(`set${c} {r8}`, { count: 6 })
    add(`set${c} {m8}`, { count: 2 })
    add(`j${c} short $+5`, { count: 5 })
    add(`j${c} near $+50`, { count: 3 })
    // After a subtraction, a logical operation, an addition: the block's own way to the flags.
    for (const f of ['cmp', 'and', 'add', 'shl1', 'dec']) {
      const first = f === 'shl1' ? 'shl {r32}, 1' : f === 'dec' ? 'dec {r32}' : `${f} {r32}, {r32}`
      add(`${first} / j${c} short $+5`, { count: 6, undefined: f === 'and' || f === 'shl1' ? AF : 0 })
      add(`${first} / set${c} {r8}`, { count: 3, undefined: f === 'and' || f === 'shl1' ? AF : 0 })
    }
  }
  // Flags that one instruction leaves to the next.
  for (const a of ['ror {r32}, 7', 'rol {r32}, 3', 'shl {r32}, 4', 'sar {r32}, 9', 'inc {r32}', 'neg {r32}', 'adc {r32}, {r32}', 'bt {r32}, {r32}', 'imul {r32}, {r32}', 'stc', 'cmc']) {
    const undef = OF | AF | (a.startsWith('imul') ? SF | ZF | PF : 0) | (a.startsWith('bt') ? SF | PF : 0)
    for (const b of ['adc {r32}, {r32}', 'rcl {r32}, 1', 'inc {r32}', 'sbb {r32}, {r32}', 'add {r32}, {r32}', 'xor {r32}, {r32}', 'pushf', 'ror {r32}, 5', 'lahf']) {
      const final = b.startsWith('adc') || b.startsWith('sbb') || b.startsWith('add') ? 0 : b.startsWith('xor') ? AF : b.startsWith('inc') ? 0 : undef
      if ((b === 'pushf' || b === 'lahf') && undef !== (OF | AF)) continue
      if (b === 'pushf' || b === 'lahf') add(`${a.startsWith('inc') || a.startsWith('neg') || a.startsWith('adc') || a.startsWith('stc') || a.startsWith('cmc') ? a : 'sub {r32}, {r32}'} / ${b}`, { count: 3 })
      else add(`${a} / ${b}`, { undefined: final, count: 3 })
    }
  }
  add('{q} / {q} / {q} / {q} / {q} / {q}', { undefined: AF, count: 600 })
  add('{q} / {q} / {q} / {q} / jl short $+20', { undefined: AF, count: 200 })
  add('jmp short $+9', { count: 1 })
  add('jmp near $+200', { count: 1 })
  add('call near $+60', { count: 2 })
  for (const n of ['loop', 'loope', 'loopne', is64 ? 'jrcxz' : 'jecxz', ...(is64 ? ['a32 loop', 'jecxz'] : ['a16 loop', 'jcxz'])]) add(`${n} $+20`, { setup: SETUP.loop, count: 8 })
  for (const n of [...(is64 ? ['cdqe', 'cqo'] : []), 'cbw', 'cwde', 'cwd', 'cdq', 'lahf', 'sahf', 'clc', 'stc', 'cmc', 'cld', 'std', 'nop', 'pause', is64 ? 'endbr64' : 'endbr32', 'db 0x0f,0x1f,0x44,0x00,0x08', 'prefetchnta [ebx]'])
    add(n, { count: 4 })
  for (const n of is64 ? ['pushfq', 'pushfw'] : ['pushfd', 'pushfw', 'pushad', 'pushaw', 'popad', 'popaw']) add(n, { count: 4 })
  for (const n of is64 ? ['popfq', 'popfw'] : ['popfd', 'popfw']) add(`and dword [${is64 ? 'rsp' : 'esp'}], 0xfffbbeff / ${n}`, { count: 8, undefined: 0 })
  add('leave', { setup: SETUP.frame, count: 4 })
  add('o16 leave', { setup: SETUP.frame, count: 0 })
  for (const [a, b] of [[0, 0], [16, 0], [24, 1], [8, 2], [40, 3]]) add(`enter ${a}, ${b}`, { setup: SETUP.frame, count: 3 })
  add('push strict byte {s8}', { count: 3 })
  add('push strict dword {i32}', { count: 3 })
  add('push strict word {i16}', { count: 2 })
  for (const r of is64 ? ['fs', 'gs'] : ['ds', 'es', 'ss', 'cs']) add(`push ${r}`, { count: is64 ? 0 : 2 })
  for (const r of ['ss', 'cs']) {
    add(`mov {r32}, ${r}`, { count: 2 })
    add(`mov {r16}, ${r}`, { count: 2 })
    add(`mov word [${is64 ? 'rbx' : 'ebx'}], ${r}`, { count: 2, setup: SETUP.memory })
  }
  // Branches by register and memory, and returns.
  const ax = is64 ? 'rax' : 'eax'
  const ptr = is64 ? 'qword' : 'dword'
  const bx = is64 ? 'rbx' : 'ebx'
  add(`mov ${ax}, 0x10000080 / jmp ${ax}`, { count: 2 })
  add(`mov ${ax}, 0x10000080 / call ${ax}`, { count: 2 })
  add(`mov ${ptr} [${bx}], 0x10000090 / jmp ${ptr} [${bx}]`, { count: 2, setup: SETUP.memory })
  add(`mov ${ptr} [${bx}], 0x10000090 / call ${ptr} [${bx}]`, { count: 2, setup: SETUP.memory })
  add('push strict dword 0x100000a0 / ret', { count: 2 })
  add('push strict dword 0x100000a0 / ret 24', { count: 2 })
  if (is64) {
    raw('ret to a non-canonical address', [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x50, 0xc3])
    raw('jmp to a non-canonical address', [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 1, 0, 0xff, 0xe0])
    raw('call to a non-canonical address', [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 1, 0, 0xff, 0xd0])
    raw('load from a non-canonical address', [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 1, 0, 0x8b, 0x00])
    raw('load through rbp from a non-canonical address', [0x48, 0xbd, 0, 0, 0, 0, 0, 0, 1, 0, 0x8b, 0x45, 0x00])
    raw('push with a non-canonical stack', [0x48, 0xbc, 0, 0, 0, 0, 0, 0, 1, 0, 0x50])
    raw('pop with a non-canonical stack', [0x48, 0xbc, 0, 0, 0, 0, 0, 0, 1, 0, 0x58])
    raw('jmp to an unmapped address', [0x48, 0xc7, 0xc0, 0, 0, 0, 0x40, 0xff, 0xe0])
  } else raw('jmp to an unmapped address', [0xb8, 0, 0, 0, 0x40, 0xff, 0xe0])
  // String instructions.
  for (const p of ['', 'rep ', 'repne ']) {
    for (const n of ['movs', 'cmps', 'stos', 'lods', 'scas']) {
      for (const s of is64 ? ['b', 'w', 'd', 'q'] : ['b', 'w', 'd']) {
        const compares = n === 'cmps' || n === 'scas'
        if (p === 'repne ' && !compares) continue
        add(`${p}${n}${s}`, { setup: SETUP.string, count: p === '' ? 6 : 12 })
        if (n === 'movs') add(`${p}${n}${s}`, { setup: SETUP.string | SETUP.overlap, count: 10 })
        add(`${p}${n}${s}`, { setup: SETUP.string | 0x100, count: 5 })
        add(`${p}${n}${s}`, { setup: SETUP.string | 0x200, count: 5 })
      }
    }
  }
  for (const n of ['movsb', 'stosd', 'lodsw', 'scasb', 'cmpsd']) add(`a${is64 ? 32 : 16} rep ${n}`, { setup: is64 ? SETUP.string : SETUP.string | SETUP.loop, count: is64 ? 6 : 0 })
  add('xlatb', { setup: SETUP.memory, count: 6 })
  if (!is64) {
    for (const n of ['daa', 'das', 'aaa', 'aas']) add(n, { undefined: n[0] === 'd' ? OF : OF | SF | ZF | PF, count: 60 })
    add('aam', { undefined: OF | AF | CF, count: 20 })
    add('aad', { undefined: OF | AF | CF, count: 20 })
    add('aam {i8}', { undefined: OF | AF | CF, count: 10 })
    add('aad {i8}', { undefined: OF | AF | CF, count: 10 })
    raw('aam 0', [0xd4, 0])
    raw('salc', [0xd6], { count: 4 })
    add('into', { count: 6 })
    add('bound {r32}, [ebx]', { setup: SETUP.memory, count: 8 })
    add('bound {r16}, [ebx]', { setup: SETUP.memory, count: 8 })
    add('arpl {r16}, {r16}', { count: 8 })
    raw('mov eax, [bx+si]', [0x67, 0x8b, 0x00])
    for (let i = 0; i < 8; i++) for (const mod of [0, 1, 2]) raw(`lea eax, 16-bit ${mod}.${i}`, [0x67, 0x8d, (mod << 6) | i, 0x34, 0x92], { count: 2 })
  }
  // Segment descriptors: user data, user code of both modes, the null selector, a kernel segment, beyond the table.
  for (const selector of [0x2b, 0x23, 0x33, 0, 0x10, 0xfff8]) {
    for (const n of ['lsl', 'lar']) add(`mov ecx, ${selector} / ${n} eax, ecx`, { count: 2 })
    for (const n of ['verr', 'verw']) add(`mov ecx, ${selector} / ${n} cx`, { count: 2 })
    for (const r of ['ds', 'es']) if (selector !== 0x33) add(`mov ecx, ${selector} / mov ${r}, ecx`, { count: 1 })
    add(`mov ecx, ${selector} / mov ss, ecx`, { count: 1 })
    add(`push ${ptr === 'qword' ? '' : 'dword '}0x2b / mov ecx, ${selector} / mov ds, ecx`, { count: 0 })
  }
  // Changes between 64-bit and 32-bit code: INT3 there tells CS.
  const farTargets = [0x23, 0x33, 0x2b, 0, 0x10]
  for (const cs of farTargets) {
    add(`mov dword [${bx}], 0x10000060 / mov word [${bx}+4], ${cs} / jmp dword far [${bx}]`, { setup: SETUP.memory, count: 1 })
    add(`mov dword [${bx}], 0x10000060 / mov word [${bx}+4], ${cs} / call dword far [${bx}]`, { setup: SETUP.memory, count: 1 })
    add(`push ${cs} / push strict dword 0x10000070 / ${is64 ? 'o64 retf' : 'retf'}`, { count: 1 })
    if (is64) add(`mov dword [rsp], 0x10000070 / mov dword [rsp+4], ${cs} / retf`, { count: 1 })
    else raw(`jmp far ${cs}:0x10000060`, [0xea, 0x60, 0, 0, 0x10, cs, 0], { count: 1 })
  }
  if (is64) add('mov rax, rsp / push 0x2b / push rax / push strict dword 0x202 / push 0x33 / push strict dword 0x10000070 / iretq', { count: 2 })
  else add('push strict dword 0x202 / push 0x23 / push strict dword 0x10000070 / iretd', { count: 2 })
  // What ring 3 must not do, and what is not defined.
  for (const n of ['hlt', 'cli', 'sti', 'in al, 0x80', 'out 0x80, al', 'in eax, dx', 'insb', 'outsb', 'rdmsr', 'wrmsr', 'clts', 'invd', 'wbinvd', 'mov eax, cr0', 'ud2', 'db 0x0f,0xff,0xc0', 'db 0x0f,0xb9,0xc0', 'int 3', 'int 0x40', 'int 4', 'int 3+0', 'sysexit'])
    add(is64 ? n.replace('mov eax, cr0', 'mov rax, cr0') : n, { count: 1 })
  for (const [name, bytes] of [
    ['lock add eax, ecx', [0xf0, 0x01, 0xc8]], ['lock mov [ebx], eax', [0xf0, 0x89, 0x03]], ['lock cmp [ebx], eax', [0xf0, 0x39, 0x03]], ['lock nop', [0xf0, 0x90]],
    ['lock bt [ebx], eax', [0xf0, 0x0f, 0xa3, 0x03]], ['lock jmp', [0xf0, 0xeb, 0]], ['lea eax, eax', [0x8d, 0xc0]], ['c6 /1', [0xc6, 0x0b, 0]], ['ff /7', [0xff, 0x3b]],
    ['fe /2', [0xfe, 0x13]], ['ff /5 register', [0xff, 0xe8]], ['0f ba /0', [0x0f, 0xba, 0x03, 1]], ['mov cs, eax', [0x8e, 0xc8]], ['mov sreg 6', [0x8e, 0xf0]], ['mov eax, sreg 7', [0x8c, 0xf8]],
    ['cmpxchg8b register', [0x0f, 0xc7, 0xc8]], ['0f 04', [0x0f, 0x04]], ['0f 0a', [0x0f, 0x0a]], ['0f 24', [0x0f, 0x24, 0xc0]], ['0f a6', [0x0f, 0xa6, 0xc0]],
    ['sixteen bytes', [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90]],
    ['fifteen bytes', [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90]],
    ['sub by 82', [0x82, 0xe8, 5]], ['test f6 /1', [0xf6, 0xc8, 0x55]], ['sal d1 /6', [0xd1, 0xf0]], ['8f /1', [0x8f, 0xc8]],
    ['tzcnt eax, ecx of zero keeps eax only as bsf', [0x0f, 0xbc, 0xc1]], ['repz mov', [0xf3, 0x89, 0xc8]], ['mov eax, eax with 3e', [0x3e, 0x8b, 0xc1]],
    ['bswap ax', [0x66, 0x0f, 0xc8]], ['mov ds, null', [0x31, 0xc0, 0x8e, 0xd8]],
    ...(is64 ? [
      ['06', [0x06]], ['27', [0x27]], ['37', [0x37]], ['60', [0x60]], ['61', [0x61]], ['9a', [0x9a, 0, 0, 0, 0, 0, 0]], ['ce', [0xce]], ['d4', [0xd4, 10]], ['d6', [0xd6]], ['ea', [0xea, 0, 0, 0, 0, 0, 0]],
      ['rex before a prefix', [0x48, 0x66, 0x01, 0xc8]], ['two rex', [0x41, 0x48, 0x01, 0xc8]], ['rex.b nop', [0x41, 0x90]], ['push r12', [0x41, 0x54]], ['spl', [0x40, 0x88, 0xe0]],
      ['movsxd 32', [0x63, 0xc8]], ['movsxd 16', [0x66, 0x63, 0xc8]], ['xchg r8', [0x49, 0x90]], ['swapgs', [0x0f, 0x01, 0xf8]], ['sysret', [0x0f, 0x07]],
    ] as const : [['les register', [0xc4, 0xc0]], ['lds register', [0xc5, 0xc0]], ['bound register', [0x62, 0xc0]], ['pop cs', [0x0f]]] as const),
  ] as const) raw(name, bytes, { setup: name.includes('[ebx]') ? SETUP.memory : 0, undefined: name.startsWith('tzcnt') ? OF | SF | AF | PF | CF : name.startsWith('test') ? AF : name.startsWith('sal') ? AF : 0 })
  return out.filter((f) => f.count > 0)
}
