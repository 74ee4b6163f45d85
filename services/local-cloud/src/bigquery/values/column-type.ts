/** A GoogleSQL type as it is written. */
export interface FieldType {
  /** In upper case; STRUCT for a record. */
  readonly type: string
  readonly repeated: boolean
  readonly fields?: readonly ColumnType[]
}

/** The type that a column, or a field of a STRUCT, is to have. */
export interface ColumnType {
  readonly name: string
  readonly type: FieldType
}
