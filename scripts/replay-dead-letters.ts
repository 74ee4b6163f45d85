// `npm run replay-dead-letters`, `scripts/replay-dead-letters.sh`: publishes dead letters again, as the messages they were.
import { countOf, fail, readArguments } from './arguments.ts'
import type { Filters } from '@tablestream/ledger'
import { momentOf } from '@tablestream/table-schema'
import { groupLine, letterText, type LetterGroup } from './events/show-letters.ts'
import { shown } from './query/screen-text.ts'
import { localAnswers } from './target/local-answers.ts'
import { openProgress } from './progress.ts'
import { readTarget } from './target/target.ts'

const USAGE = `usage: replay-dead-letters [--reason REASON]... [--type EVENT_TYPE]... [--since TIME] [--until TIME]
                           [--limit N] [--again] [--apply] [--local]
Shows the dead letters that the filters name; with --apply publishes each as the message that it was and marks it as replayed,
so that the next call leaves it out (--again does not). The message keeps its event id: an event that was replayed twice
is one event. One that Pub/Sub does not take stops no other: it is named, and the exit code is 1. --since and --until (RFC 3339) go by when
it became a dead letter. Without --limit: all of them.
PROJECT_ID, ENVIRONMENT, DATASET and TOPIC say which environment; --local is the one of npm start.
Examples: npm run replay-dead-letters -- --reason invalid_event --type order
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/replay-dead-letters.sh --reason invalid_event --apply`

const SHOWN = 10
const MOST_NAMED = 100

async function replayDeadLetters(): Promise<void> {
  const { values } = readArguments({
    name: 'replay-dead-letters',
    usage: USAGE,
    options: {
      reason: { type: 'string', multiple: true },
      type: { type: 'string', multiple: true },
      since: { type: 'string' },
      until: { type: 'string' },
      limit: { type: 'string' },
      again: { type: 'boolean', default: false },
      apply: { type: 'boolean', default: false },
      local: { type: 'boolean', default: false },
    },
  })
  const { reason: reasons = [], type: types = [], since, until, limit, again } = values
  const filters: Filters = {
    reasons,
    types,
    again,
    ...(since !== undefined && { since: timeOf('--since', since) }),
    ...(until !== undefined && { until: timeOf('--until', until) }),
  }
  const given = limit === undefined ? undefined : countOf('--limit', limit)
  const target = readTarget(values.local)
  if (values.local) await localAnswers()
  // who only asks how this is used does not wait for Google's clients
  const { openBigQuery, openPubSub } = await import('./target/google-clients.ts')
  const { Replayer } = await import('@tablestream/ledger')
  const pubsub = openPubSub(target)
  const replayer = new Replayer(openBigQuery(target), pubsub, target)
  const progress = openProgress('counting dead letters')
  try {
    const groups = await replayer.count(filters)
    const total = groups.reduce((sum, { letters }) => sum + letters, 0)
    if (total === 0) {
      progress.done()
      console.log(await whatThereIs(replayer, again))
      return
    }
    progress.done()
    console.log(groups.map(groupLine).join('\n'))
    const most = Math.min(given ?? total, total)
    for (const letter of await replayer.read(filters, Math.min(SHOWN, most))) {
      console.log(`\n${letterText(letter)}`)
    }
    if (!values.apply) {
      console.log(`\n${most} would be published again to ${target.topic}. With --apply they are.`)
      return
    }
    const publishing = openProgress(`publishing ${most} again`)
    const { replayed, failed } = await replayer.replay(filters, most).finally(() => publishing.done())
    console.log(`\n${replayed} published again to ${target.topic}, and marked`)
    if (failed.length === 0) return
    console.log(`${failed.length} could not be published, and stay as they are:`)
    for (const { letter, error } of failed.slice(0, MOST_NAMED))
      console.log(
        `  dead letter ${letter.deadLetterId}, message ${letter.messageId}: ${shown(error.message)}`,
      )
    if (failed.length > MOST_NAMED) console.log(`  and ${failed.length - MOST_NAMED} more`)
    process.exitCode = 1
  } finally {
    progress.done()
    await pubsub.close()
  }
}

/** A reason that nobody knows fits nothing either: so it says which there are. */
async function whatThereIs(
  replayer: { count(filters: Filters): Promise<readonly LetterGroup[]> },
  again: boolean,
): Promise<string> {
  const groups = await replayer.count({ reasons: [], types: [], again })
  const replayed = again ? '' : ' that is not replayed yet'
  if (groups.length === 0) return `no dead letter fits: there is none${replayed}`
  return ['no dead letter fits. There are:', ...groups.map(groupLine)].join('\n')
}

function timeOf(option: string, text: string): string {
  const time = momentOf(text)
  if (time === undefined)
    throw new Error(`${option} is a time in RFC 3339, with Z or its offset, but is "${text}"`)
  return new Date(time).toISOString()
}

try {
  await replayDeadLetters()
} catch (error) {
  fail('replay-dead-letters', error)
}
