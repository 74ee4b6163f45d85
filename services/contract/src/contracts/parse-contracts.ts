import { tableName } from '@tablestream/table-schema'
import { isReserved } from '../known/destination.ts'
import type { EventTypeDefinition } from '../event-types/event-type.ts'
import { CATALOGUE } from '../known/known-types.ts'
import { readContract, type ContractFile, type ReadContract } from './read-contract.ts'

/** Who mends so many has understood. */
const MOST_TOLD = 20

/**
 * Reads contracts: JSON Schema, one event type a file. A type that the catalogue knows, too, is what the file says, and nothing of what
 * the catalogue says, but for the table where the file names none.
 *
 * @throws Error that lists what no contract can be made of, by file, JSON pointer and keyword
 */
export function parseContracts(files: readonly ContractFile[]): readonly EventTypeDefinition[] {
  const problems: string[] = []
  const read = files
    .map((file) => readContract(file, (sentence) => void problems.push(sentence)))
    .filter((contract) => contract !== undefined)
  for (const { name, others } of sharing(read, ({ definition }) => definition.type))
    problems.push(`${others.join(' and ')} are contracts of the same event type, ${JSON.stringify(name)}`)
  const types = new Set(read.map(({ definition }) => definition.type))
  const ofOthers = new Map(
    CATALOGUE.filter(({ type }) => !types.has(type)).map(({ type, table }) => [table, type]),
  )
  for (const { file, table } of read) {
    const owner = table === undefined ? undefined : ofOthers.get(table)
    if (owner !== undefined)
      problems.push(`${file}#/x-tablestream/table is ${table}, which is the table of the event type ${owner}`)
  }
  for (const { name, others } of sharing(read, ({ table }) => table))
    problems.push(`${others.join(' and ')} have the same table, ${name}`)
  if (problems.length > 0) throw new Error(told(problems))
  const taken = new Set([...ofOthers.keys(), ...read.map(({ table }) => table)])
  const kept = keptTables(read, taken)
  const own = new Set([...taken, ...kept.values()])
  const tableOf = (type: string) =>
    kept.get(type) ?? tableName(type, (name) => own.has(name) || isReserved(name))
  return read.map(({ definition, table }) => ({ ...definition, table: table ?? tableOf(definition.type) }))
}

/** The tables that types of the catalogue keep under a file that names none, by type: no other type gets one of these by its name. */
function keptTables(
  read: readonly ReadContract[],
  taken: ReadonlySet<string | undefined>,
): ReadonlyMap<string, string> {
  const without = new Set(
    read.flatMap(({ definition, table }) => (table === undefined ? definition.type : [])),
  )
  const kept = CATALOGUE.filter(({ type, table }) => without.has(type) && !taken.has(table))
  return new Map(kept.map(({ type, table }) => [type, table]))
}

/** Names that several contracts have, each with the files. */
function sharing(
  contracts: readonly ReadContract[],
  nameOf: (contract: ReadContract) => string | undefined,
): { readonly name: string; readonly others: readonly string[] }[] {
  return [...Map.groupBy(contracts, nameOf)].flatMap(([name, those]) =>
    name === undefined || those.length === 1 ? [] : [{ name, others: those.map(({ file }) => file) }],
  )
}

function told(problems: readonly string[]): string {
  const rest = problems.length - MOST_TOLD
  return problems.slice(0, MOST_TOLD).join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}
