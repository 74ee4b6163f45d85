import type { BatchJob } from './batch-job.ts'

/** A question to the tables whose answer must be nothing. */
export interface Check {
  readonly name: string
  /** One row with `wrong`, how many things are not as they must be, and `of`, of how many. */
  readonly query: string
}

export interface CheckNames {
  /** Full names, in backticks: of a job's processed rows, of what its files hold, and of the ledger of loads. */
  readonly processed: (job: string) => string
  readonly files: (job: string) => string
  /** What its rows were made of, as what stands behind FROM. */
  readonly events: (job: string) => string
  readonly loads: string
  /** Where the files came from: all that begins with it. */
  readonly raw: string
}

/** What must hold after a batch, of each of its jobs: sums of the ledger, keys, joins, and that the files are the table. */
export function checksOf(jobs: readonly BatchJob[], names: CheckNames): readonly Check[] {
  const has = new Set(jobs.map(({ name }) => name))
  const ledger: Check = {
    name: 'every record of raw/ landed, is a duplicate or a dead letter',
    query: `SELECT COALESCE(SUM(records), 0) AS \`of\`,
  COALESCE(SUM(ABS(records - landed - duplicates - dead_letters)), 0) AS wrong
FROM ${names.loads} WHERE STARTS_WITH(source, ${JSON.stringify(names.raw)})`,
  }
  return [ledger, ...jobs.flatMap((job) => checksOfJob(job, names, has))]
}

function checksOfJob(
  { name, key, references = {}, sums = [] }: BatchJob,
  { processed, files, events }: CheckNames,
  has: ReadonlySet<string>,
): Check[] {
  const keys = key.join(', ')
  const text = (table: string) =>
    `TO_JSON_STRING(STRUCT(${key.map((column) => `${table}.${column}`).join(', ')}))`
  const summed = [
    'COUNT(*) AS _rows',
    ...sums.map((column) => `COALESCE(SUM(CAST(${column} AS NUMERIC)), 0) AS _sum_${column}`),
  ].join(', ')
  const differs = ['_rows', ...sums.map((column) => `_sum_${column}`)].map((each) => `t.${each} != f.${each}`)
  const joins = Object.entries(references)
    .filter((entry): entry is [string, string] => entry[1] !== undefined && has.has(entry[1]))
    .map(([column, job]): Check => ({
      name: `${name}.${column} is one of ${job}`,
      query: `SELECT COUNT(*) AS \`of\`, COUNTIF(r.${column} IS NULL) AS wrong
FROM (SELECT ${column} FROM ${processed(name)} WHERE ${column} IS NOT NULL) AS t
LEFT JOIN (SELECT ${column} FROM ${processed(job)}) AS r ON r.${column} = t.${column}`,
    }))
  return [
    {
      name: `${name}: one row for each ${keys}`,
      query: `SELECT COUNT(*) AS \`of\`, COUNT(*) - COUNT(DISTINCT ${text('t')}) + COUNTIF(${key.map((column) => `t.${column} IS NULL`).join(' OR ')}) AS wrong
FROM ${processed(name)} AS t`,
    },
    {
      name: `${name}: every ${keys} of its events has a row`,
      query: `SELECT (SELECT COUNT(DISTINCT ${text('t')}) FROM ${events(name)} AS t) AS \`of\`,
  ABS((SELECT COUNT(DISTINCT ${text('t')}) FROM ${events(name)} AS t) - (SELECT COUNT(*) FROM ${processed(name)})) AS wrong`,
    },
    ...joins,
    {
      name: `${name}: processed/ holds the rows of the table${sums.length > 0 ? `, and its sums of ${sums.join(', ')}` : ''}`,
      query: `SELECT t._rows AS \`of\`, IF(${differs.join(' OR ')}, 1, 0) AS wrong
FROM (SELECT ${summed} FROM ${processed(name)}) AS t CROSS JOIN (SELECT ${summed} FROM ${files(name)}) AS f`,
    },
  ]
}
