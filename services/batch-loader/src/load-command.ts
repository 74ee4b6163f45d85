import { readJsonVariable, shown, shownError } from '@tablestream/service-kit'
import { readConfig } from './config.ts'
import { SourceError } from './formats/index.ts'
import { loadSources } from './load.ts'
import { columnsOf, partOf, type LoadArguments } from './load-arguments.ts'
import { LoadError } from './load-error.ts'
import type { LoadParts } from './load-parts.ts'
import { openLoader } from './open-loader.ts'
import { showProgress } from './progress.ts'
import { showPlan } from './show-plan.ts'
import { showLoads } from './show-loads.ts'
import { showBad, showCsv } from './show-report.ts'
import { ToldLetters } from './told-letters.ts'

export interface Output {
  /** A line of the report. */
  readonly print: (text: string) => void
  /** Where progress is shown. */
  readonly write: (text: string) => void
  readonly isTerminal: boolean
}

/** @returns the exit code */
export async function loadCommand(
  args: LoadArguments,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  given: Partial<LoadParts> = {},
): Promise<number> {
  const maxBad = partOf(args['max-bad'])
  const columns = columnsOf(args.columns)
  const progress = showProgress({ ...output, now: () => performance.now() })
  const loader = openLoader(readConfig(env), {
    eventType: args.type,
    source: args.source,
    ...(args.policy !== undefined && { policyText: readJsonVariable(args.policy) }),
    dryRun: args['dry-run'],
    ...(columns && { hints: { columns } }),
    maxBad,
    progress,
    ...given,
  })
  const letters = new ToldLetters()
  const parts = letters.heardIn(loader.parts)
  const loads = showLoads()
  let isAny = false
  const tell = (text: string) => {
    if (text !== '') output.print(text)
  }
  try {
    for await (const report of loadSources(args.sources, parts)) {
      isAny = true
      if (report.outcome === 'surveyed') {
        progress.end()
        output.print(`${shown(report.source)}: ${report.survey.records.toLocaleString('en')} records`)
        if (report.csv) output.print(showCsv(report.csv))
        output.print(await showPlan(report.survey, parts))
        output.print(showBad(report.survey))
      }
      const text = loads.add(report, letters.take(report.source))
      if (text !== '') progress.end()
      tell(text)
    }
    progress.end()
    tell(isAny ? loads.end() : `there is no file in ${args.sources.join(', ')}: nothing was loaded`)
  } catch (error) {
    progress.end()
    tell(loads.end())
    output.print(`load stopped ${whyOf(error)}`)
    return 1
  } finally {
    await loader.close()
  }
  return loads.isFine ? 0 : 1
}

function whyOf(error: unknown): string {
  if (error instanceof LoadError || error instanceof SourceError)
    return `(${error.rule}): ${shown(error.message)}`
  return `(failed): ${shownError(error)}. What is told above has its end; start it again for the rest`
}
