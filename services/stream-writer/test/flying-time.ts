import { syncBuiltinESMExports } from 'node:module'
import promises from 'node:timers/promises'

/** How far time goes on with each turn of the event loop, in milliseconds. */
const STEP_MS = 5

/** What setTimeout and setInterval give. */
class Timer {
  readonly call: () => void
  readonly ms: number
  readonly repeats: boolean
  due: number

  constructor(call: () => void, ms: number, repeats = false) {
    this.call = call
    this.ms = ms
    this.repeats = repeats
    this.due = Date.now() + ms
  }

  refresh(): this {
    this.due = Date.now() + this.ms
    return this
  }

  unref(): this {
    return this
  }
}

/**
 * Until the test is over, time passes as fast as the event loop turns: Date.now, setTimeout and setInterval tell of it, and the
 * setTimeout of node:timers/promises. Only for tests that wait for nothing outside of their process.
 */
export function letTimeFly(t: { teardown: (done: () => void) => void }): void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval }
  const { now: realNow } = Date
  const { setTimeout: realSleep } = promises
  const timers = new Set<Timer>()
  let now = Date.now()
  let flies = true

  const add = (timer: Timer) => {
    timers.add(timer)
    return timer
  }
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) timers.delete(timer)
    else real.clearTimeout(timer as NodeJS.Timeout | undefined)
  }
  const fly = () => {
    if (!flies) return
    now += STEP_MS
    const due = [...timers].filter((timer) => timer.due <= now).toSorted((a, b) => a.due - b.due)
    for (const timer of due) {
      // one before it may have cleared it
      if (!timers.has(timer)) continue
      if (timer.repeats) timer.refresh()
      else timers.delete(timer)
      timer.call()
    }
    setImmediate(fly)
  }
  Object.assign(globalThis, {
    setTimeout: (call: () => void, ms = 0) => add(new Timer(call, ms)),
    setInterval: (call: () => void, ms = 0) => add(new Timer(call, ms, true)),
    clearTimeout: clear,
    clearInterval: clear,
  })
  Date.now = () => now
  promises.setTimeout = <T>(ms = 0, value?: T) =>
    new Promise<T>((resolve) => add(new Timer(() => resolve(value as T), ms)))
  // what was imported by its name
  syncBuiltinESMExports()
  setImmediate(fly)
  t.teardown(() => {
    flies = false
    Object.assign(globalThis, real)
    Date.now = realNow
    promises.setTimeout = realSleep
    syncBuiltinESMExports()
  })
}
