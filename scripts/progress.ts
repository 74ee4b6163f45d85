// What is under way, once it takes longer than two seconds: one line that changes in a terminal, a line now and then elsewhere.

/** Milliseconds until something is said, and between two lines where no terminal shows them. */
const SILENT_MS = 2000
const LINES_MS = 10_000
const TURN_MS = 200
const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  /** What is being done now: "reading orders, 3 of 10". */
  at(what: string): void
  /** Prints a line of the result that comes on the way: the progress goes on below it. */
  say(line: string): void
  /** Leaves the line clean for what is printed next. */
  done(): void
}

/** Begins at once, and is silent for two seconds. It writes to standard error: what a command prints stays clean. */
export function openProgress(
  what: string,
  screen: Screen = process.stderr,
  print: (line: string) => void = console.log,
): Progress {
  const isTerminal = screen.isTTY === true
  const since = Date.now()
  let now = what
  let isShown = false
  let turn = 0
  const show = () => {
    const seconds = Math.round((Date.now() - since) / 1000)
    if (isTerminal) {
      const line = `${FRAMES[turn++ % FRAMES.length]} ${now} (${seconds} s)`
      screen.write(`\r\u001B[K${line.slice(0, (screen.columns ?? 80) - 1)}`)
    } else screen.write(`${now} (${seconds} s)\n`)
    isShown = true
  }
  let timer = setTimeout(function again() {
    show()
    timer = setTimeout(again, isTerminal ? TURN_MS : LINES_MS).unref()
  }, SILENT_MS).unref()
  return {
    at: (next) => void (now = next),
    say: (line) => {
      if (isShown && isTerminal) screen.write('\r\u001B[K')
      print(line)
    },
    done: () => {
      clearTimeout(timer)
      if (isShown && isTerminal) screen.write('\r\u001B[K')
      isShown = false
    },
  }
}
