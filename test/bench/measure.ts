import { readdirSync, readFileSync } from 'node:fs'

/** CPU microseconds (user and system) that the work takes for one item. */
export function microsecondsEach<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => void,
): number {
  const before = process.cpuUsage()
  items.forEach(work)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / items.length
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** CPU time in /proc is counted in hundredths of a second. */
const TICK_US = 10_000

/** CPU microseconds of a process so far; undefined where there is no /proc. */
export function cpuOf(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_US
  } catch {
    return undefined
  }
}

/** The same of the threads that it has now, to the nanosecond: for a process that does little. */
export function cpuOfThreads(pid: number | undefined): number | undefined {
  try {
    const folder = `/proc/${pid}/task`
    const times = readdirSync(folder).map((id) => readFileSync(`${folder}/${id}/schedstat`, 'utf8'))
    return times.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1000, 0)
  } catch {
    return undefined
  }
}

/** What a process has done so far, and the CPU microseconds that it took for all of it. */
export interface Work {
  readonly events: number
  readonly cpu: number
}

/** Less than this is lost between two ticks, and between the readings of events and of CPU. */
const LEAST_US = 5 * TICK_US

/** CPU microseconds an event, between two readings; NaN where too little was done for the clock to tell. */
export function costBetween(start: Work, end: Work): number {
  const cpu = end.cpu - start.cpu
  return cpu >= LEAST_US && end.events > start.events ? cpu / (end.events - start.events) : Number.NaN
}

/** A figure and what it is of. What could not be measured is a question mark. */
export function line(figure: number | string, what: string): void {
  const readable = (text: string) => text.replaceAll(/NaN|Infinity/g, '?')
  console.log(`${readable(String(figure)).padStart(8)} ${readable(what)}`)
}
