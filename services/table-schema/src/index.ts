export { dateDays, dateText, hasOffset, isTimestamp, timestampMicros } from './calendar.ts'
export { changeKey } from './change-key.ts'
export {
  column,
  columnAt,
  columnFinder,
  countColumns,
  type Column,
  type ColumnMode,
  type ColumnType,
} from './column.ts'
export { hasMoreKeys } from './different-keys.ts'
export { duplicateKey } from './duplicate-keys.ts'
export { columnsOfFields } from './columns-of-fields.ts'
export { columnsOfSchema, type JsonSchema } from './columns-of-schema.ts'
export { fitsType, QUICK_HELPERS, SCALAR_TYPES } from './scalar-types.ts'
export {
  isArray,
  isObject,
  jsonColumnText,
  pointer,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from './json-text.ts'
export { parseJson } from './parse-json.ts'
export { rowDescriptor, type RowDescriptor, type RowOptions } from './row-descriptor.ts'
export { momentOf } from './moment.ts'
export { isMultipleOf } from './multiple-of.ts'
export { survey } from './survey.ts'
export { inferColumns } from './infer-column.ts'
export { mergeColumns } from './join-shapes.ts'
export { describeColumn, readDescription } from './column-description.ts'
export { identityOf } from './key-identity.ts'
export { isLegalColumnName } from './legal-name.ts'
export { nestsDeeperThan } from './nesting.ts'
export { offsetsOf } from './kept-offsets.ts'
export { hasContent } from './content.ts'
export { decimalText, doubleOf, int64Of, isJsonNumber } from './number-types.ts'
export { isRawNumber, type RawNumber } from './raw-number.ts'
export type { Conflict, Plan, PlanOptions, Widening } from './plan-types.ts'
export { plan, planAll } from './plan.ts'
export { divideShape } from './divide-shape.ts'
export { shapeOf } from './shape-of.ts'
export { tableName } from './table-name.ts'
export {
  ENVELOPE_KEYS,
  isEnvelopeKey,
  isSystemKey,
  SYSTEM_COLUMNS,
  withSystemKeys,
} from './system-columns.ts'
