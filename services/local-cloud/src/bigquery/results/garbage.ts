import { setImmediate } from 'node:timers/promises'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'minor' | 'major' }) => void

/** MB that the heap may grow before all of it is looked through; and half of what it held then, since a large heap takes long. */
const GROWN_MB = 32
const SHARE = 1.5
/** MB that V8's place for new objects may have from when pages are made: of pages it took 128, and kept them. */
const YOUNG_MB = 32

/**
 * Frees memory that nobody holds any more where V8 would wait: it knows nothing of the memory behind DuckDB's objects, and it lets the heap
 * grow by hundreds of MB before it looks through all of it.
 */
export class Garbage {
  #collect: Collect | undefined
  /** Bytes of the heap, when it was looked through last. */
  #floor = 0
  #isYoungBound = false

  /**
   * Frees young objects, and with them DuckDB's chunks and results, which are freed when the small objects go that stand for them: of five
   * million rows all chunks were there at once. It takes a millisecond.
   */
  async collectYoung(): Promise<void> {
    this.#run('minor')
    // Node frees what they stand for in a turn of its own
    await setImmediate()
  }

  /** To be called before each page. Looks through the whole heap if it has grown: pages leave much that is old by then. */
  collectIfGrown(): void {
    this.#boundYoung()
    if (process.memoryUsage().heapUsed < this.#floor * SHARE + GROWN_MB * 2 ** 20) return
    this.#run('major')
    this.#floor = process.memoryUsage().heapUsed
  }

  /** It has no more than this for the rest of the process; what it has taken for other work it keeps. */
  #boundYoung(): void {
    if (this.#isYoungBound) return
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if (!young || young.space_size < YOUNG_MB * 2 ** 20) return
    setFlagsFromString('--semi-space-growth-factor=1')
    this.#isYoungBound = true
  }

  #run(type: 'minor' | 'major'): void {
    this.#collect ??= collector()
    this.#collect({ type })
  }
}

function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
