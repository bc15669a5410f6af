/** The task that handlers get. */
export type { Task as HandlerTask } from '../kernel/task.js'
