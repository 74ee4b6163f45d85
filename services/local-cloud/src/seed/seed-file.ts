import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What is there from the start. Settings are those of Google's REST APIs. */
export interface Seed {
  readonly project: string
  readonly topics: Named
  /** `topic` may be a name of this file. */
  readonly subscriptions: Named
  readonly datasets: Readonly<Record<string, SeedDataset>>
  readonly buckets: Named
}

export interface SeedDataset {
  readonly settings: Settings
  readonly tables: Readonly<Record<string, SeedTable>>
}

export interface SeedTable {
  readonly schema: readonly unknown[]
  readonly settings: Settings
  readonly rows: readonly Settings[]
}

export type Settings = Readonly<Record<string, unknown>>
type Named = Readonly<Record<string, Settings>>

const PARTS = ['project', 'topics', 'subscriptions', 'datasets', 'buckets']

/** @throws Error that names the file, the path, the rule and the value */
export function readSeed(file: string): Seed {
  // only those load it who have a seed
  const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  try {
    return seedOf(parse(readFileSync(file, 'utf8')) ?? {})
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

function seedOf(value: unknown): Seed {
  const all = objectAt('the seed', value)
  const unknown = Object.keys(all).find((key) => !PARTS.includes(key))
  if (unknown !== undefined)
    throw new Error(`${unknown}: there is no such part; the parts are ${PARTS.join(', ')}`)
  const { project = 'local' } = all
  if (typeof project !== 'string') refuse('project', 'a text', project)
  return {
    project,
    topics: namedAt('topics', all['topics']),
    subscriptions: namedAt('subscriptions', all['subscriptions']),
    datasets: mapped(namedAt('datasets', all['datasets']), datasetAt),
    buckets: namedAt('buckets', all['buckets']),
  }
}

function datasetAt(name: string, { tables, ...settings }: Settings): SeedDataset {
  return {
    settings,
    tables: mapped(namedAt(`datasets.${name}.tables`, tables), (table, value) =>
      tableAt(`datasets.${name}.tables.${table}`, value),
    ),
  }
}

function tableAt(path: string, { schema, rows = [], ...settings }: Settings): SeedTable {
  if (!Array.isArray(schema)) return refuse(`${path}.schema`, 'a list of fields with name and type', schema)
  schema.forEach((field, at) => objectAt(`${path}.schema[${at}]`, field))
  if (!Array.isArray(rows)) return refuse(`${path}.rows`, 'a list of rows', rows)
  return { schema, settings, rows: rows.map((row, at) => objectAt(`${path}.rows[${at}]`, row)) }
}

/** Names with settings: a name alone has none of them. */
function namedAt(path: string, value: unknown = {}): Named {
  return mapped(objectAt(path, value ?? {}), (name, settings) => objectAt(`${path}.${name}`, settings ?? {}))
}

function objectAt(path: string, value: unknown): Settings {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings
  return refuse(path, 'a map of names', value)
}

function mapped<From, To>(of: Readonly<Record<string, From>>, change: (name: string, value: From) => To) {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(name, value)]))
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new Error(`${path} is ${rule}, but is ${JSON.stringify(value)}`)
}
