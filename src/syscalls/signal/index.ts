export { kill, compatRtSigqueueinfo, compatRtTgsigqueueinfo, rtSigqueueinfo, rtTgsigqueueinfo, tgkill, tkill } from './kill.js'
export { compatRtSigaction, compatSigaction, rtSigaction, signal } from './sigaction.js'
export { compatSigaltstack, sigaltstack } from './sigaltstack.js'
export {
  compatRtSigpending, compatRtSigprocmask, compatRtSigsuspend, compatSigpending, compatSigprocmask, pause, rtSigpending, rtSigprocmask, rtSigsuspend, sgetmask, sigsuspend, ssetmask,
} from './sigmask.js'
export { compatRtSigreturn, compatSigreturn, rtSigreturn } from './sigreturn.js'
export { compatRtSigtimedwaitTime32, compatRtSigtimedwaitTime64, rtSigtimedwait } from './sigtimedwait.js'
