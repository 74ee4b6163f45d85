// `npm run replay-dead-letters`, `scripts/replay-dead-letters.sh`: publishes dead letters again, as the messages they were.
import { parseArgs } from 'node:util'
import { openBigQuery, openPubSub, readTarget } from './google-clients.ts'
import { Replayer, type Filters } from './replay.ts'

const USAGE = `usage: replay-dead-letters [--reason REASON]... [--type EVENT_TYPE]... [--since TIME] [--until TIME]
                           [--limit N] [--again] [--apply] [--local]
Shows the dead letters that the filters name; with --apply publishes each as the message that it was and marks it as replayed,
so that the next call leaves it out (--again does not). The message keeps its event id: an event that was replayed twice
is one event. --since and --until (RFC 3339) go by when it became a dead letter. Without --limit: all of them.
PROJECT_ID, ENVIRONMENT, DATASET and TOPIC say which environment; --local is the one of npm start.`

const SHOWN = 10

async function replayDeadLetters(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reason: { type: 'string', multiple: true },
      type: { type: 'string', multiple: true },
      since: { type: 'string' },
      until: { type: 'string' },
      limit: { type: 'string' },
      again: { type: 'boolean', default: false },
      apply: { type: 'boolean', default: false },
      local: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const { reason: reasons = [], type: types = [], since, until, limit, again } = values
  const filters: Filters = {
    reasons,
    types,
    again,
    ...(since !== undefined && { since: timeOf('--since', since) }),
    ...(until !== undefined && { until: timeOf('--until', until) }),
  }
  const target = readTarget(values.local)
  const pubsub = openPubSub(target)
  const replayer = new Replayer(openBigQuery(target), pubsub, target)
  try {
    const groups = await replayer.count(filters)
    const total = groups.reduce((sum, { letters }) => sum + letters, 0)
    if (total === 0) {
      console.log('no dead letter fits')
      return
    }
    for (const { reason, eventType, letters } of groups)
      console.log(`${String(letters).padStart(8)}  ${reason}  ${eventType}`)
    const most = limit === undefined ? total : Math.min(countOf('--limit', limit), total)
    for (const letter of await replayer.read(filters, Math.min(SHOWN, most))) {
      const { reason, path, value, message, messageId, data } = letter
      console.log(
        `\n${reason} ${path} ${value}\n  ${message}\n  message ${messageId}: ${data.toString('utf8').slice(0, 200)}`,
      )
    }
    if (!values.apply) {
      console.log(`\n${most} would be published again to ${target.topic}. With --apply they are.`)
      return
    }
    const replayed = await replayer.replay(filters, most)
    console.log(`\n${replayed} published again to ${target.topic}, and marked`)
  } finally {
    await pubsub.close()
  }
}

function timeOf(option: string, text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new Error(`${option} is a time in RFC 3339, but is "${text}"`)
  return time.toISOString()
}

function countOf(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} is a whole number from 1, but is "${text}"`)
  return Number(text)
}

try {
  await replayDeadLetters()
} catch (error) {
  console.error(`replay-dead-letters: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
