import type { SavedParts, Subsystem } from '../kernel/ports/subsystem.js'
import { createHostStream, type HostStream } from './console.js'
import type { Descriptors } from './file-table.js'

/** Where the standard streams of spawned programs lead. */
export interface StandardStreams {
  /** A stream, or all that there is to read; default: nothing, as /dev/null. */
  readonly stdin?: HostStream | Uint8Array
  /** A stream, or what receives the bytes (the guest sees a pipe); default: /dev/null. */
  readonly stdout?: HostStream | ((bytes: Uint8Array) => void)
  /** As stdout. */
  readonly stderr?: HostStream | ((bytes: Uint8Array) => void)
}

const MOST_DESCRIPTORS = 1024

function input(source: HostStream | Uint8Array | undefined): HostStream {
  if (source === undefined) return createHostStream({ kind: 'null' })
  if (!(source instanceof Uint8Array)) return source
  const pipe = createHostStream({ kind: 'pipe' })
  pipe.push(source)
  pipe.end()
  return pipe
}

function output(sink: HostStream | ((bytes: Uint8Array) => void) | undefined): HostStream {
  if (sink === undefined) return createHostStream({ kind: 'null' })
  return typeof sink === 'function' ? createHostStream({ kind: 'pipe', write: sink }) : sink
}

/** The parts of the descriptors and of the streams, whose names begin with the descriptor. */
function streamParts(parts: SavedParts, streams: readonly HostStream[]): SavedParts {
  const classes = { ...parts.classes }
  const kept = { ...parts.kept }
  const filled = { ...parts.filled }
  streams.forEach((stream, fd) => {
    const own = stream.saving?.() ?? {}
    Object.assign(classes, own.classes)
    for (const [name, object] of Object.entries(own.kept ?? {})) kept[`${fd}.${name}`] = object
    for (const [name, object] of Object.entries(own.filled ?? {})) filled[`${fd}.${name}`] = object
  })
  return { ...parts, classes, kept, filled }
}

/**
 * Gives every program that the host spawns descriptors 0, 1 and 2; children get them from their parents.
 *
 * @example
 * new Machine({ …, subsystems: [createFs(), withStandardStreams(createFiles(), { stdout: (bytes) => log(bytes) })] })
 */
export function withStandardStreams(files: Subsystem<'files', Descriptors>, { stdin, stdout, stderr }: StandardStreams): Subsystem<'files', Descriptors> {
  return {
    ...files,
    create: (kernel) => {
      const service = files.create(kernel)
      const streams = [input(stdin), output(stdout), output(stderr)]
      return {
        ...service,
        saving: () => streamParts(service.saving?.() ?? {}, streams),
        attach: (task, parent, flags) => {
          const table = service.attach(task, parent, flags)
          if (parent === null) streams.forEach((stream, fd) => {
            table.install(stream.open(kernel, fd === 0 ? 0 : 1), MOST_DESCRIPTORS)
            stream.control(task)
          })
          return table
        },
      }
    },
  }
}
