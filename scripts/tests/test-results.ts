/** What came of one test file. */
export interface FileResult {
  readonly file: string
  readonly passed: boolean
  readonly seconds: number
  /** Of the processor, its own and that of what it started; 0 where the system does not tell it. */
  readonly cpuSeconds: number
  readonly asserts: number
  /** What was skipped, with the reason. */
  readonly skipped: readonly string[]
  /** All that it printed. */
  readonly output: string
}

/** What a process printed that ran some files, and how it ended. */
export interface Ended {
  readonly files: readonly string[]
  readonly output: string
  readonly code: number | null
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Of files that ran in one process what was counted for all of them is divided by the time that each took. */
export function resultsOf({ files, output, code, seconds, cpuSeconds }: Ended): readonly FileResult[] {
  // a process that ended before it told its plan has said nothing
  const isWell = code === 0 && /^1\.\.\d/m.test(output)
  const asserts = Number(/^# \{ total: (\d+)/m.exec(output)?.[1] ?? 0)
  const whole = { asserts, seconds, cpuSeconds, output, skipped: skippedIn(output), passed: isWell }
  if (files.length === 1) return [{ file: files[0]!, ...whole }]
  const parts = files.map((file) => ({ file, ...partOf(file, output) }))
  const sum = parts.reduce((all, part) => all + part.seconds, 0)
  // who is to blame for the end of the process, where no file is: the last one that began
  const isTold = isWell || parts.some(({ passed }) => !passed)
  return parts.map((part, at) => ({
    ...part,
    passed: part.passed && (isTold || at < files.length - 1),
    output: isTold || at < files.length - 1 ? part.output : output,
    skipped: skippedIn(part.output),
    cpuSeconds: sum === 0 ? 0 : (cpuSeconds * part.seconds) / sum,
    asserts: at === 0 ? asserts : 0,
  }))
}

/** From where the file's subtest begins to the line that says how it ended. */
function partOf(file: string, output: string) {
  const begins = output.indexOf(`# Subtest: ${file}\n`)
  const ending = [...output.matchAll(/^(not )?ok \d+ - (\S+) # time=([\d.]+)ms$/gm)].find(
    ([, , name]) => name === file,
  )
  const printed = begins < 0 ? '' : output.slice(begins, ending && ending.index + ending[0].length)
  return {
    passed: ending !== undefined && ending[1] === undefined,
    seconds: Number(ending?.[3] ?? 0) / 1000,
    output: begins < 0 ? `${file} did not begin\n${output}` : printed,
  }
}

const skippedIn = (output: string): readonly string[] =>
  [...output.matchAll(/^ *ok \d+ - (.* # SKIP.*)$/gm)].map(([, what]) => what!)

/** What a failed file printed, without what passed. */
export function failureOf({ output }: FileResult): string {
  const lines = output.split('\n')
  return lines.filter((line) => !/^ *(ok \d+|\d+\.\.\d+$|# Subtest|TAP version)/.test(line)).join('\n')
}

/** The command that runs a file once more, with the seed that it told, so that random cases are the same ones. */
export function againOf({ file, output }: FileResult): string {
  const seed = /\bSEED=(\d+)/.exec(output)?.[1]
  return `${seed === undefined ? '' : `SEED=${seed} `}npx tap ${file}`
}
