/** The task that handlers get. The kernel's `Task` has these members; it takes this type's place in handlers. */
export interface HandlerTask {
  /** Byte offset of the task's registers in the machine's memory. */
  readonly regs: number
}
