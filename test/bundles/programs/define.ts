import { defineSyscall, flags, int, pointer } from 'syscallkit'

const accept4Flags = /* @__PURE__ */ flags('socket', { SOCK_NONBLOCK: 0o4000, SOCK_CLOEXEC: 0o2000000 })
const addressOut = /* @__PURE__ */ pointer('struct sockaddr', 'out')
const lengthInOut = /* @__PURE__ */ pointer('int', 'inout')

export const accept4 = /* @__PURE__ */ defineSyscall('accept4', {
  args: [['fd', int], ['upeer_sockaddr', addressOut], ['upeer_addrlen', lengthInOut], ['flags', accept4Flags]],
  run: (_task, fd, _address, _length, flags) => fd + flags,
})

console.log(accept4.name, accept4.args.map(([name, { type }]) => `${type} ${name}`).join(', '))
