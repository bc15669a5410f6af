import { PT_REGS, THREAD } from '../../arch/x86/context-layout.js'

/** Slots of the ES, CS, SS, DS, FS and GS selectors, in the encoding's order. */
export const SELECTOR_SLOT = [THREAD.es, PT_REGS.cs, PT_REGS.ss, THREAD.ds, THREAD.fs, THREAD.gs] as const
