export { dateDays, dateText, hasOffset, isTimestamp, timestampMicros } from './types/calendar.ts'
export { changeKey } from './plan/change-key.ts'
export {
  column,
  columnAt,
  columnFinder,
  countColumns,
  type Column,
  type ColumnLimit,
  type ColumnMode,
  type ColumnType,
} from './columns/column.ts'
export { limitOf, typeText } from './columns/column-limit.ts'
export { fitsColumn } from './types/fits-column.ts'
export { hasMoreKeys } from './json/different-keys.ts'
export { duplicateKey } from './json/duplicate-keys.ts'
export { columnsOfFields } from './columns/columns-of-fields.ts'
export { columnsOfSchema, type JsonSchema } from './columns/columns-of-schema.ts'
export { fitsType, QUICK_HELPERS, SCALAR_TYPES } from './types/scalar-types.ts'
export {
  isArray,
  isObject,
  jsonColumnText,
  pointer,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from './json/json-text.ts'
export { parseJson } from './json/parse-json.ts'
export { rowDescriptor, type RowDescriptor, type RowOptions } from './columns/row-descriptor.ts'
export { momentOf } from './types/moment.ts'
export { isMultipleOf } from './json/multiple-of.ts'
export { survey } from './json/survey.ts'
export { inferColumns } from './shapes/infer-column.ts'
export { mergeColumns } from './shapes/join-shapes.ts'
export { describeColumn, readDescription } from './columns/column-description.ts'
export { identityOf } from './names/key-identity.ts'
export { isLegalColumnName } from './names/legal-name.ts'
export { nestsDeeperThan } from './json/nesting.ts'
export { offsetsOf } from './types/kept-offsets.ts'
export { hasContent } from './json/content.ts'
export { decimalText, doubleOf, int64Of, isJsonNumber } from './types/number-types.ts'
export { oneSpelling } from './json/decimal.ts'
export { isRawNumber, type RawNumber } from './json/raw-number.ts'
export type { Conflict, Plan, PlanOptions, Widening } from './plan/plan-types.ts'
export { plan, planAll } from './plan/plan.ts'
export { takesBoth } from './plan/takes-both.ts'
export { divideShape } from './plan/divide-shape.ts'
export { shapeOf } from './shapes/shape-of.ts'
export { formerTableName, isHashedTableName, tableName } from './names/table-name.ts'
export {
  ENVELOPE_KEYS,
  isEnvelopeKey,
  isSystemKey,
  SYSTEM_COLUMNS,
  withSystemKeys,
} from './columns/system-columns.ts'
