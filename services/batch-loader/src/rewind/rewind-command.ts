import { randomUUID } from 'node:crypto'
import { destination, parsePolicies } from '@tablestream/contract'
import { readJsonVariable, shownError } from '@tablestream/service-kit'
import { readConfig } from '../config.ts'
import { SourceError } from '../formats/index.ts'
import type { Output } from '../load-command.ts'
import { inLandingTurn } from '../land/landing-turn.ts'
import { landingTurnsOf, rewindTurnsOf, saysWhy } from '../land/turns-of.ts'
import { LoadError } from '../load-error.ts'
import { openLoader } from '../open-loader.ts'
import { showProgress } from '../progress.ts'
import { KeptLetters } from './kept-letters.ts'
import { checkRewindArguments, type RewindArguments } from './rewind-arguments.ts'
import { applyRewind, rewind, REWOUND_LABELS, typeOfTable, type RewoundTable } from './rewind.ts'
import { showRewind } from './show-rewind.ts'
import { settleSwap } from './swap.ts'

/** Whoever may import table-manager gives its code. */
export type OpenRewoundTable = (options: {
  readonly eventType: string
  readonly table: string
  readonly policies: ReturnType<typeof parsePolicies>
  /** That it has from the beginning. */
  readonly labels: Readonly<Record<string, string>>
}) => RewoundTable

/** @returns the exit code */
export async function rewindCommand(
  args: RewindArguments,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  openTable: OpenRewoundTable,
): Promise<number> {
  const { since, until } = checkRewindArguments(args)
  const progress = showProgress({ ...output, now: () => performance.now() })
  const loader = openLoader(readConfig(env), {
    ...(args.policy !== undefined && { policyText: readJsonVariable(args.policy) }),
    progress,
    // one process makes it: there is nothing to share out
    task: 0,
    tasks: 1,
  })
  const { parts } = loader
  const { policies } = parts
  const letters = new KeptLetters()
  /** What is true from the swap on, where something else fails. */
  let unpublished = ''
  try {
    const eventType = await typeOfTable(args.table, since, parts.warehouse)
    const { table } = destination(eventType)
    const notes = rewindTurnsOf(parts, table)
    const owner = randomUUID()
    const inTurn = (work: () => Promise<void>) => {
      const onWait = saysWhy(parts, `${table} has another rewind under way`)
      return inLandingTurn(notes, { owner, onWait }, work)
    }
    // what a load brought between the carrying over and the swap would be in the old table alone
    const besideNoLoad = (work: () => Promise<void>) => {
      const onWait = saysWhy(parts, `a load brings rows into ${table}`)
      return args.apply ? inLandingTurn(landingTurnsOf(parts, table), { owner, onWait }, work) : work()
    }
    await inTurn(() =>
      besideNoLoad(async () => {
        const settled = await settleSwap(parts.warehouse, notes)
        if (settled !== undefined) output.print(settled)
        const rewound = await rewind(
          {
            eventType,
            since,
            until,
            hasNewColumns: args['new-columns'],
            rewoundTable: (name) => openTable({ eventType, table: name, policies, labels: REWOUND_LABELS }),
            keepLetters: (messages) => (args.apply ? letters.keep(messages) : Promise.resolve()),
          },
          parts,
        )
        progress.end()
        output.print(showRewind(rewound))
        if (!args.apply) {
          output.print(`\n${rewound.rewound} is there to look at; --apply puts it in the place of ${table}`)
          return
        }
        const kept = await applyRewind(rewound, parts, notes)
        const done = `${table} is the rewound table; what it was is ${kept}`
        const load = `npm run load -- published:${rewound.since} --type ${eventType}`
        unpublished = `${done}. Its dead letters are not all published: ${load}, with the same --policy, publishes them`
        const wait = `Let the writer begin in ten minutes: clients of BigQuery may keep the name of a table for so long`
        output.print(`\n${done}\n${wait}`)
      }),
    )
    if (args.apply) output.print(`${await letters.publish(parts.publishLetters)} dead letters were published`)
    return 0
  } catch (error) {
    progress.end()
    const isNamed = error instanceof LoadError || error instanceof SourceError
    output.print(`rewind stopped (${isNamed ? error.rule : 'failed'}): ${shownError(error)}`)
    if (unpublished !== '') output.print(unpublished)
    return 1
  } finally {
    await letters.remove()
    await loader.close()
  }
}
