/** The time as everything here takes it: that of the machine, until somebody moves it. It goes on from where it was put. */
export class Clock {
  readonly #machine: () => number
  #offsetMs = 0

  /** @param machine milliseconds since 1970 */
  constructor(machine: () => number) {
    this.#machine = machine
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => this.#machine() + this.#offsetMs

  /** How far it is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  set(timeMs: number): void {
    this.#offsetMs = Math.round(timeMs - this.#machine())
  }

  advance(ms: number): void {
    this.#offsetMs += Math.round(ms)
  }

  /** From now on it is that of the machine again. */
  clear(): void {
    this.#offsetMs = 0
  }
}

/** What lets SQL see the same time: a macro goes before the function of DuckDB that it is named like. */
export function sqlClock(offsetMs: number): string {
  return `CREATE OR REPLACE MACRO main.now() AS (get_current_timestamp() + INTERVAL (${offsetMs}) MILLISECOND)`
}
