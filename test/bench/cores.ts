// How the processes of a measurement share the cores. Each says so where that cannot be had.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism, setPriority } from 'node:os'

/** Who is measured has core 0, everybody else the others: this process, and those that it starts. */
export function shareCores(measured: number): void {
  tried('everybody shares every core', () => {
    const others = `1-${availableParallelism() - 1}`
    pin('0', measured)
    pin(others, process.pid)
    console.log('event-gateway has core 0, everybody else the others')
  })
}

/** Niceness. */
const BEHIND = 19

/** This process, with all its threads, lets those go first whom it has started before. */
export function stepBehind(): void {
  tried('the work of Pub/Sub counts', () => {
    for (const id of readdirSync('/proc/self/task')) setPriority(Number(id), BEHIND)
  })
}

/** The work of a process must not be what others wait for: it gets what they leave. */
export function stepBack(pid: number): void {
  tried('the attacker’s own work counts', () => {
    execFileSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(pid)])
  })
}

function pin(cores: string, pid: number): void {
  execFileSync('taskset', ['-acp', cores, String(pid)])
}

function tried(otherwise: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    console.log(`${otherwise}: ${(error as Error).message}`)
  }
}
