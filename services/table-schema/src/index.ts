export { dateDays, dateText, timestampMicros } from './calendar.ts'
export { column, countColumns, type Column, type ColumnMode, type ColumnType } from './column.ts'
export { columnsOfSchema, type JsonSchema } from './columns-of-schema.ts'
export { fitsType } from './fits-type.ts'
export {
  isArray,
  isObject,
  parseJson,
  pointer,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from './json-text.ts'
export { describeKey, isLegalColumnName, keyOfColumn, tableName } from './legal-name.ts'
export {
  hasContent,
  plan,
  saysNothing,
  type Conflict,
  type ConflictReason,
  type Plan,
} from './plan-change.ts'
export { isEnvelopeKey, SYSTEM_COLUMNS, withSystemKeys } from './system-columns.ts'
