// What the services of npm start say, on one terminal: one line for each reason and second, the rest counted.
import { shown } from '../query/screen-text.ts'

const SECOND_MS = 1000
const LONGEST = 400
const COLOURS: Readonly<Record<string, number>> = { WARNING: 33, ERROR: 31, CRITICAL: 31 }
/** What every line has, and people do not need twice. */
const NOT_SHOWN = new Set(['severity', 'time', 'service', 'message'])

export interface ServiceLog {
  /** Takes a line that a service wrote. */
  take(service: string, line: string): void
  /** Says what is counted and not told yet. */
  flush(): void
}

interface Kind {
  /** The line, without its values: what the count is told with. */
  readonly name: string
  more: number
}

/** @param isTerminal lines for people, with colours; elsewhere they stay as the service wrote them */
export function openServiceLog(write: (line: string) => void, isTerminal: boolean): ServiceLog {
  const kinds = new Map<string, Kind>()
  const flush = () => {
    for (const { name, more } of kinds.values())
      if (more > 0) write(`${name}: ${more.toLocaleString('en-US')} more like this`)
    kinds.clear()
  }
  setInterval(flush, SECOND_MS).unref()
  return {
    flush,
    take(service, line) {
      const entry = entryOf(line)
      // what is no line of a log, a stack for one, is told whole
      if (!entry) return write(isTerminal ? `${service}: ${shown(line)}` : line)
      const name = nameOf(service, entry)
      const kind = kinds.get(name)
      if (kind) kind.more++
      else {
        kinds.set(name, { name, more: 0 })
        write(isTerminal ? forPeople(service, entry) : line)
      }
    },
  }
}

type Entry = Readonly<Record<string, unknown>>

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Entry
  } catch {
    return undefined
  }
}

/** Two lines are of one kind where a service says the same for the same reason. */
function nameOf(service: string, { message, reason, outcome }: Entry): string {
  const parts = [service, message, reason, outcome].filter((part) => typeof part === 'string')
  return shown(parts.join(' '))
}

function forPeople(service: string, entry: Entry): string {
  const { severity, time, message } = entry
  const clock = typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : '        '
  const fields = Object.entries(entry)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const level = String(severity)
  const text = shown(
    `${clock} ${level.padEnd(8)} ${service.padEnd(15)} ${String(message)} ${fields.join(' ')}`.trimEnd(),
  )
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  const colour = COLOURS[level]
  return colour === undefined ? short : `\u001B[${colour}m${short}\u001B[0m`
}
