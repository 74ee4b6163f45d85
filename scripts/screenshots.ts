// `npm run screenshots`: docs/images/*.png, from the console of a running `npm start`.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { readArguments, refuse } from './arguments.ts'
import { readEnvironmentFile } from './target/environment-file.ts'
import { localPort } from './target/local-ports.ts'
import { poll } from './poll.ts'

const NAME = 'npm run screenshots'
const USAGE = `usage: npm run screenshots [-- --url URL] [--seconds N] [--folder FOLDER]
Sends events of a shop to a running \`npm start\` for some time, and takes pictures of the console. It needs chromium.
  --url URL        the console; that of npm start, where it is left out
  --seconds N      how long events are sent before the first picture; 90
  --folder FOLDER  where the pictures go; docs/images
Example: npm run screenshots -- --seconds 30 --folder /tmp/pictures`
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const WIDTH = 1280
const EVENTS_PER_SECOND = 60
const LONGEST_MS = 60_000
/** The generator goes on for two minutes more than it is waited for. */
const LETTER_MS = 60_000

const { values } = readArguments({
  name: NAME,
  usage: USAGE,
  options: {
    url: { type: 'string' },
    seconds: { type: 'string', default: '90' },
    folder: { type: 'string', default: fileURLToPath(new URL('../docs/images', import.meta.url)) },
  },
})
const url = values.url ?? consoleUrl()
const seconds = Number(values.seconds)
if (!(seconds > 0)) refuse(NAME, `--seconds is a number over 0, but is "${values.seconds}"`)
const program = CHROMIUM.find((path) => existsSync(path))
if (program === undefined) refuse(NAME, 'there is no chromium on this machine: apt-get install chromium')
mkdirSync(values.folder, { recursive: true })

const { chromium } = await import('playwright-core')
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
try {
  await takeAll(browser)
} finally {
  await browser.close()
}

/** As `npm start` was told by the same file and variables. */
function consoleUrl(): string {
  try {
    readEnvironmentFile()
    return `http://localhost:${localPort('console')}`
  } catch (error) {
    return refuse(NAME, (error as Error).message)
  }
}

async function takeAll(of: Browser): Promise<void> {
  const page = await of.newPage({ viewport: { width: WIDTH, height: 800 }, colorScheme: 'light' })
  try {
    await page.goto(`${url}/#/send`)
  } catch (error) {
    refuse(
      NAME,
      `nobody answers at ${url}: does \`npm start\` run? ${(error as Error).message.split('\n')[0]}`,
    )
  }
  await call(page, 'POST', 'generator/start', {
    events_per_second: EVENTS_PER_SECOND,
    duration_minutes: (seconds + 120) / 60,
    event_types: ['order', 'inventory', 'user_activity'],
    trouble: { duplicate: 0.02, missing_required: 0.002, bad_enum: 0.002, new_field: 0.002 },
  })
  console.log(`${EVENTS_PER_SECOND} events a second for ${seconds} s …`)
  await page.goto(`${url}/#/flow`)
  const from = Date.now()
  await poll(() => (Date.now() - from > seconds * 1000 ? true : undefined), {
    timeoutMs: seconds * 1000 + LONGEST_MS,
    everyMs: 500,
    what: 'events',
  })

  const id = `view-${Date.now()}`
  const text = JSON.stringify({
    event_type: 'page_view',
    // a column that the table has not got yet
    [`campaign_${Date.now() % 1000}`]: 'spring',
    event_id: id,
    url: '/home',
    ms: 12.5,
    user: { id: 7, tags: ['new', 'mobile'] },
  })
  await call(page, 'POST', 'send', { text })
  await take(page, { name: 'flow', hash: '#/flow', text: 'By event type', height: 1095 })
  await poll(async () => ((await landed(page, id)) ? true : undefined), {
    timeoutMs: LONGEST_MS,
    everyMs: 500,
    what: `the event ${id} has a row`,
  })
  await take(page, { name: 'event', hash: `#/event/${id}`, text: 'Value by value', height: 1325 })
  // trouble is drawn by lot: a few seconds may have none
  const letter = await poll(() => newestLetter(page), {
    timeoutMs: LETTER_MS,
    everyMs: 500,
    what: 'a dead letter of the trouble that the generator sends',
  })
  await page.emulateMedia({ colorScheme: 'dark' })
  await take(page, {
    name: 'dead-letter',
    hash: `#/dead-letters/${letter.dead_letter_id}`,
    text: 'refused',
    height: 780,
  })
  await call(page, 'POST', 'generator/stop', {})
}

interface Picture {
  readonly name: string
  readonly hash: string
  /** What stands there once all is loaded. */
  readonly text: string
  readonly height: number
}

async function take(page: Page, { name, hash, text, height }: Picture): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height })
  await page.goto(`${url}/${hash}`)
  await page.locator('main').getByText(text).first().waitFor({ timeout: LONGEST_MS })
  await page.locator('.loading').waitFor({ state: 'detached', timeout: LONGEST_MS })
  const path = join(values.folder, `${name}.png`)
  await page.screenshot({ path, animations: 'disabled' })
  console.log(path)
}

interface Letter {
  readonly dead_letter_id: string
  readonly value: string
}

async function newestLetter(page: Page): Promise<Letter | undefined> {
  const { letters } = await call<{ letters: readonly Letter[] }>(page, 'GET', 'dead-letters?limit=50')
  return letters.find(({ value }) => value !== '') ?? letters[0]
}

async function landed(page: Page, id: string): Promise<boolean> {
  const { events } = await call<{ events: { rows: unknown[] }[] }>(page, 'GET', `events/${id}`)
  return events.some(({ rows }) => rows.length > 0)
}

/** Calls the API as the page does: from within it, with its token. */
async function call<T = unknown>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const asked = JSON.stringify({ method, path, body: body === undefined ? undefined : JSON.stringify(body) })
  const { status, answer } = await page.evaluate<{
    status: number
    answer: string
  }>(`(async ({ method, path, body }) => {
    const { token } = await (await fetch('/api/session')).json()
    const headers = { 'x-console-token': token, ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch('/api/' + path, { method, headers, body })
    return { status: response.status, answer: await response.text() }
  })(${asked})`)
  if (status >= 300) throw new Error(`${method} /api/${path}: ${status} ${answer}`)
  return JSON.parse(answer) as T
}
