import Type, { type Static } from 'typebox'
import { Result } from './result.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const TableList = Type.Object({
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.Enum(['events', 'view', 'own']),
      event_type: Type.Optional(Type.String()),
      rows: orNull(Type.Integer()),
      bytes: orNull(Type.Integer()),
      created_at: orNull(Type.String()),
      columns: Type.Integer(),
      last_change: orNull(Type.String()),
    }),
  ),
})

export const TableDetail = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['events', 'view', 'own']),
  event_type: Type.Optional(Type.String()),
  rows: orNull(Type.Integer()),
  created_at: orNull(Type.String()),
  partition_by: Type.Optional(Type.String()),
  cluster_by: Type.Array(Type.String()),
  columns: Type.Array(
    Type.Object({
      path: Type.String(),
      type: Type.String(),
      mode: Type.String(),
      description: Type.Optional(Type.String()),
      since: orNull(
        Type.String({ description: 'The change that added it; null: before there was a history' }),
      ),
      asked_by: Type.Array(Type.String(), { description: 'Ids of events that asked for that change' }),
      origin: Type.Enum(['contract', 'system', 'inferred']),
    }),
  ),
  sql: Type.String(),
})

export const History = Type.Object({
  changes: Type.Array(
    Type.Object({
      change_id: Type.String(),
      changed_at: Type.String(),
      change: Type.String(),
      added: Type.Array(Type.String()),
      relaxed: Type.Array(Type.String()),
      widened: Type.Array(
        Type.Object({ path: Type.String(), from_type: Type.String(), to_type: Type.String() }),
      ),
      event_ids: Type.Array(Type.String()),
      lines: Type.Array(Type.String({ description: 'A line of the diff' })),
    }),
  ),
})

export const ColumnFigures = Type.Object({
  rows: Type.Integer(),
  freshest: orNull(Type.String()),
  columns: Type.Array(
    Type.Object({
      path: Type.String(),
      null_rate: orNull(
        Type.Number({ description: '0 to 1; null: it is in an array, or there are no rows' }),
      ),
      distinct: orNull(Type.Integer({ description: 'About: APPROX_COUNT_DISTINCT' })),
    }),
  ),
  bytes_read: Type.Integer(),
})

export const SampleRows = Type.Object({ ...Result.properties, sql: Type.String() })
export type TableList = Static<typeof TableList>
export type TableDetail = Static<typeof TableDetail>
export type History = Static<typeof History>
export type ColumnFigures = Static<typeof ColumnFigures>
export type SampleRows = Static<typeof SampleRows>
