import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(`${root}/CONTRIBUTING.md`, 'utf8')
const MOST_FILES = 3
const QUESTIONS = 'Questions and where they are answered'

function section(title: string): string {
  const [, text] = page.split(`## ${title}\n`)
  if (text === undefined) throw new Error(`CONTRIBUTING.md has no section ${title}`)
  return text.split('\n## ')[0]!
}

/** What stands in the files of an answer, if it is true. */
const ANSWERS: Readonly<Record<string, readonly RegExp[]>> = {
  'Where does an event enter?': [/'\/events\/:type'/, /publisher\.publish\(/],
  'How do I add an event type?': [/event-types\/order\.ts/, /EventTypeDefinition/],
  'What decides the type of a column?': [/function scalarType\(/, /typeForBoth\(/],
  'Does a value fit its column?': [/readonly fits:/, /function planScalar\(/, /function slowly\(/],
  'Is this event good?': [/export function judge\(/, /export function validateEvent\(/],
  'Where does an event become a row?': [/encodeBytes\(/, /schema\.encode\(/, /reader\.read\(data, shape/],
  'Who decides that an event waits for a column, and who wakes it?': [
    /outcome: 'waits'/,
    /#anew\.add\(\[\.\.\.encoded, \.\.\.this\.#waiting\.parked\.takeAll/,
    /LONGEST_WAIT_MS/,
  ],
  'How does table-manager learn what a table lacks?': [
    /lacks\(item: Item/,
    /function askingMessage\(/,
    /askingMessage\(delivered\)/,
  ],
  'What happens to an event that came before?': [/claim\(/, /deliveryAttempt > 1/, /events\.found\(/],
  'Where is a message acknowledged?': [/pull\.ack\(/, /await send\(ids\)/],
  'How does a file land, and each record of it once?': [/workshop\.make\(/, /number} > IFNULL\(/],
  'How is a table built anew?': [
    /async function loadSpan\(/,
    /function carryStatement\(/,
    /new TableQueue\(/,
  ],
  'What happens to an event that fails?': [/outcome: 'rejected'/, /function isRejected\(/, /deadLetter\(/],
  'What happens to a row that BigQuery refuses, or to an append that fails?': [
    /export function classify\(/,
    /unanswered\(/,
    /guilty\(/,
  ],
  'How does the console find an event?': [
    /function findEvent\(/,
    /function tellEvent\(/,
    /function valueEnds\(/,
  ],
  "Where do the console's figures come from?": [/class Sampler/, /class LedgerKeeper/],
  'Who may change something in the console?': [/function guard\(/],
  'How is a dead letter replayed?': [/new Replayer\(/, /async replay\(/, /function messagesOf\(/],
  'How do I add a policy?': [/quarantine: Type/, /policy\.offsets/, /policy\.quarantine/],
  'How is a table made or changed?': [/return applyStep\(/, / step\(/, /tables\.create\(/, /tables\.widen\(/],
  "How do columns become BigQuery's?": [
    /widenStatement\(/,
    /function fieldsOfColumns\(/,
    /function columnOf\(/,
  ],
  'What is tried again, when and how often?': [/firstMs: 50/, /minimum_backoff/, /MOST_FAILURES/],
  'Which faults can local-cloud inject, and which limits does it have?': [
    /FAULT_POINTS = /,
    /MOST_PER_SECOND = /,
    /MOST_BYTES = 10 /,
  ],
  'What does a chaos run do?': [/function runChaos\(/, /on: 'storage\.append'/, /function badEvent\(/],
  'Which test covers this file?': [/testsOf\(/, /export async function startPipeline\(/],
}

const rows = (text: string) => text.split('\n').filter((line) => /^\| (?!question|word)/.test(line))

t.test('each question is answered by at most three files, and they are there', (t) => {
  const questions = rows(section(QUESTIONS))
  t.same(questions.map((row) => row.split('|')[1]!.trim()).toSorted(), Object.keys(ANSWERS).toSorted())
  for (const row of questions) {
    const files = [...row.matchAll(/`([\w./-]+\.\w+)`/g)].map(([, file]) => file!)
    t.ok(files.length >= 1 && files.length <= MOST_FILES, row)
    for (const file of files) t.ok(existsSync(`${root}/${file}`), file)
    const question = row.split('|')[1]!.trim()
    const texts = files.map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    for (const answer of ANSWERS[question] ?? [])
      t.ok(
        texts.some((text) => answer.test(text)),
        `${question} ${answer}`,
      )
  }
  t.end()
})

t.test('what the pages for contributors link to is there', (t) => {
  for (const name of ['CONTRIBUTING.md', 'SECURITY.md', 'README.md']) {
    const text = readFileSync(`${root}/${name}`, 'utf8')
    for (const [, path] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      t.ok(existsSync(`${root}/${path!}`), path!)
  }
  t.end()
})

t.test('the glossary is in order, and has each word once', (t) => {
  const words = rows(section('Glossary')).map((row) => row.split('|')[1]!.trim())
  t.same(words, [...new Set(words)].toSorted())
  for (const word of [
    'lane',
    'park',
    'window',
    'write path',
    'incarnation',
    'twin',
    'doubt',
    'door',
    'shape',
  ])
    t.ok(words.includes(word), word)
  t.end()
})
