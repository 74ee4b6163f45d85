// `npm run archive`, `scripts/archive.sh`: makes of the record of what was published the archive of every hour that it lacks; or
// publishes what is archived again.
import { momentOf } from '@tablestream/table-schema'
import { fail, readArguments } from './arguments.ts'
import { localAnswers } from './target/local-answers.ts'
import { openProgress } from './progress.ts'
import { readTarget } from './target/target.ts'

const USAGE = `usage: archive [--settle MINUTES] [--recheck HOURS] [--local]
       archive --republish SINCE [--until TIME] [--type EVENT_TYPE]... [--apply] [--local]
Archives every hour of the record (published_messages) that is over and not archived: Avro by event type and minute, in
gs://PROJECT_ID-ENVIRONMENT-events-archive/output/TYPE/YYYY/MM/DD/HH/MM. An hour to which messages came late is made again; --recheck says
of how many of the youngest and the oldest hours that is looked at (default 3), --settle how many minutes after its end an hour is over.
--republish shows how many messages are archived from SINCE until TIME (RFC 3339, whole hours; without --until to the last hour that
is archived); with --apply it publishes them again, each as the message that it was, with the event id that it had: an event that is
in its table is found there, and is a duplicate. The archive's variables are those of services/archiver/README.md.
Examples: npm run archive
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/archive.sh --republish 2026-11-29T05:00:00Z --until 2026-11-29T06:00:00Z --apply`

async function archive(): Promise<void> {
  const { values } = readArguments({
    name: 'archive',
    usage: USAGE,
    options: {
      settle: { type: 'string' },
      recheck: { type: 'string' },
      republish: { type: 'string' },
      until: { type: 'string' },
      type: { type: 'string', multiple: true },
      apply: { type: 'boolean', default: false },
      local: { type: 'boolean', default: false },
    },
  })
  const target = readTarget(values.local)
  const { settle, recheck } = values
  const minutes = settle === undefined ? undefined : wholeOf('--settle', settle)
  const hours = recheck === undefined ? undefined : wholeOf('--recheck', recheck)
  const since = values.republish === undefined ? undefined : hourOf('--republish', values.republish)
  const until = values.until === undefined ? undefined : hourOf('--until', values.until)
  if (values.local) await localAnswers()
  // who only asks how this is used does not wait for Google's clients
  const { archiveHours, openArchive, readConfig } = await import('@tablestream/archiver')
  const config = readConfig({
    ...process.env,
    PROJECT_ID: target.projectId,
    DATASET: target.dataset,
    ...(minutes !== undefined && { ARCHIVE_SETTLE_MINUTES: String(minutes) }),
    ...(hours !== undefined && { ARCHIVE_RECHECK_HOURS: String(hours) }),
  })
  const { parts, plan } = openArchive(config)
  if (since !== undefined) {
    const { republish } = await import('./events/republish.ts')
    const types = new Set(values.type)
    await republish(target, config, parts, { since, until, types, apply: values.apply })
    return
  }
  let done = 0
  const progress = openProgress('archiving')
  await archiveHours(parts, plan, ({ hour, outcome, messages }) => {
    done++
    progress.at(`archiving, ${done} hours done`)
    const what = {
      archived: 'archived',
      keys: 'has its keys now',
      again: 'archived again: messages had come late',
      elsewhere: 'archived by somebody else',
    }
    console.log(`${hour}  ${String(messages).padStart(12)} messages  ${what[outcome]}`)
  }).finally(() => progress.done())
  console.log(
    done === 0 ? 'every hour that is over is archived' : `${done} hours in gs://${config.ARCHIVE_BUCKET}`,
  )
}

/** @throws Error for what is no whole number */
function wholeOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option} is a whole number, but is "${text}"`)
  return Number(text)
}

/** @throws Error for what is no time of a whole hour */
function hourOf(option: string, text: string): number {
  const millis = momentOf(text)
  if (millis === undefined || millis % 3_600_000 !== 0)
    throw new Error(`${option} is a whole hour in RFC 3339 (2026-11-29T05:00:00Z), but is "${text}"`)
  return millis
}

try {
  await archive()
} catch (error) {
  fail('archive', error)
}
