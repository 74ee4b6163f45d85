import { randomUUID } from 'node:crypto'
import createError from '@fastify/error'
import { Task, type TaskOptions, type TaskStatus } from './task.ts'

const TICK_MS = 20
/** Of tasks that ended, the last ones are remembered. */
const MOST_ENDED = 100

/** Tasks that run at a time, and the events a second of all of them: more than a process can publish. */
const MOST_RUNNING = 20
const MOST_RATE = 100_000
const TooManyTasks = createError<[number]>(
  'TOO_MANY_TASKS',
  `%d tasks run already, ${MOST_RUNNING} is the limit; stop one (DELETE /generate/stop/:task) or wait`,
  429,
)
const TooMuchRate = createError<[number, number]>(
  'RATE_OF_ALL_TASKS',
  `the tasks that run ask for %d events a second and this one for %d; ${MOST_RATE} in all is the limit`,
  429,
)

/** The tasks of this process. */
export class Tasks {
  readonly #tasks = new Map<string, Task>()
  #timer: NodeJS.Timeout | undefined

  start(options: Omit<TaskOptions, 'id'>): Task {
    const running = [...this.#tasks.values()].filter(({ isRunning }) => isRunning)
    if (running.length >= MOST_RUNNING) throw new TooManyTasks(running.length)
    const rate = running.reduce((sum, { mostEventsPerSecond }) => sum + mostEventsPerSecond, 0)
    const { most } = options.schedule
    if (rate + most > MOST_RATE) throw new TooMuchRate(rate, most)
    const task = new Task({ ...options, id: randomUUID() })
    this.#tasks.set(task.id, task)
    this.#forget()
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    return task
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id)
  }

  /** The newest first. */
  all(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status()).toReversed()
  }

  /** Stops those that run, and gives them. */
  stopAll(): readonly Task[] {
    const running = [...this.#tasks.values()].filter(({ isRunning }) => isRunning)
    for (const task of running) task.stop()
    return running
  }

  close(): void {
    this.stopAll()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    for (const task of this.#tasks.values()) task.tick()
    if ([...this.#tasks.values()].some(({ isRunning }) => isRunning)) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #forget(): void {
    const ended = [...this.#tasks.values()].filter(({ isRunning }) => !isRunning)
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#tasks.delete(id)
  }
}
