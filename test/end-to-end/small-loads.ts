import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  loadSources,
  openLoader,
  readConfig,
  type Account,
  type LoadParts,
  type SourceReport,
} from '@tablestream/batch-loader'
import t, { type Test } from 'tap'
import { makeLoadBucket, usePipeline } from './loader.ts'
import { DATASET, PROJECT, startPipeline } from './pipeline.ts'

const root = mkdtempSync(join(tmpdir(), 'tablestream-small-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

/** Makes a folder of these files. */
export function folderOf(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content)
  return folder
}

export const linesOf = (events: readonly object[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('')

export async function reportsOf(
  sources: readonly string[],
  parts: LoadParts,
): Promise<ReadonlyMap<string, SourceReport>> {
  const reports = await Array.fromAsync(loadSources(sources, parts))
  return new Map(reports.map((report) => [basename(report.source), report]))
}

/** What became of the records of each file, all types together: landed, duplicates, dead letters. */
function sumsOf(accounts: readonly Account[]): string {
  const sum = (of: (account: Account) => number) => accounts.reduce((all, each) => all + of(each), 0)
  return [sum((each) => each.landed), sum((each) => each.duplicates), sum((each) => each.deadLetters)].join(
    ' ',
  )
}
export const toldOf = (report: SourceReport | undefined) =>
  report && 'accounts' in report ? sumsOf(report.accounts) : report?.outcome

/** A pipeline, and what loads into it: dead letters are kept by their ids. */
export async function startSmallLoads(t: Test) {
  const pipeline = await startPipeline({ services: ['table-manager'] })
  t.teardown(() => pipeline.close())
  await makeLoadBucket(pipeline)
  t.teardown(usePipeline(pipeline))
  const loader = openLoader(readConfig({ ...pipeline.cloud.environment, PROJECT_ID: PROJECT }))
  t.teardown(() => loader.close())
  const letters = new Map<string, Readonly<Record<string, string>>>()
  const parts: LoadParts = {
    ...loader.parts,
    // nobody waits long for one that was killed here
    leaseMs: 200,
    publishLetters: (messages) => {
      for (const { attributes } of messages) letters.set(attributes['dead-letter-message-id']!, attributes)
      return Promise.resolve()
    },
  }
  const { clients } = pipeline
  /** What the ledger says of the files of a folder. */
  const ledgerOf = async (folder: string) => {
    const rows = await clients.query(
      `SELECT source, COUNT(DISTINCT load_id) AS loads, SUM(records) AS records, SUM(landed) AS landed, SUM(duplicates) AS duplicates,
         SUM(dead_letters) AS dead FROM ${DATASET}.loads WHERE STARTS_WITH(source, 'file:${folder}/') GROUP BY source ORDER BY source`,
    )
    return rows as {
      source: string
      loads: number
      records: number
      landed: number
      duplicates: number
      dead: number
    }[]
  }
  return { parts, clients, letters, ledgerOf }
}
