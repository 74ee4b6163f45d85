import type { KeyAction } from '../../sql/statements/alter-table.ts'
import { withNamedKeys } from '../catalog/sent-table.ts'
import type { PlanChange } from '../catalog/table-change.ts'
import type { Tables } from '../catalog/tables.ts'
import { BigQueryError } from '../errors.ts'
import type { TableConstraints } from '../table/table-constraints.ts'
import { tableId, type TableReference } from '../table/table.ts'
import { foreignKey } from './foreign-keys.ts'

/**
 * ALTER TABLE that adds or drops a primary or a foreign key.
 *
 * @param newTable finds the table that a foreign key refers to @throws BigQueryError for a key that is there, or that is not
 */
export function keysChanged(
  tables: Tables,
  action: KeyAction,
  newTable: (path: readonly string[]) => TableReference,
): PlanChange {
  return (table) => {
    const { reference, spec } = table
    const { primaryKey, foreignKeys = [] } = spec.tableConstraints ?? {}
    const refuse = (why: string): never => {
      throw new BigQueryError('invalidQuery', `${why} in table ${tableId(reference)}`)
    }
    const patched = (tableConstraints: TableConstraints) =>
      tables.patched(withNamedKeys(reference, { tableConstraints }, (other) => tables.find(other)))(table)
    const keys = { ...(primaryKey && { primaryKey }), foreignKeys }

    if (action.kind === 'addKeys') {
      if (action.primaryKey.length > 0) {
        if (primaryKey?.columns?.length) return refuse('There is a primary key')
        return patched({ ...keys, primaryKey: { columns: action.primaryKey } })
      }
      const own = action.foreignKeys.map((key) => foreignKey(key, newTable))
      const taken = own.find((key) =>
        foreignKeys.some(({ name }) => key.name !== undefined && name === key.name),
      )
      if (taken && !action.ifNotExists) return refuse(`There is a constraint ${taken.name}`)
      return patched({ ...keys, foreignKeys: taken ? foreignKeys : [...foreignKeys, ...own] })
    }
    const { name, ifExists } = action
    if (name === undefined) {
      if (!primaryKey?.columns?.length && !ifExists) return refuse('There is no primary key')
      return patched({ foreignKeys })
    }
    if (!ifExists && !foreignKeys.some((key) => key.name === name))
      return refuse(`There is no constraint ${name}`)
    return patched({ ...keys, foreignKeys: foreignKeys.filter((key) => key.name !== name) })
  }
}
