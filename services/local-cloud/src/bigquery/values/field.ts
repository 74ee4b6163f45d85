/** TableFieldSchema of the REST API. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly description?: string
  readonly defaultValueExpression?: string
  readonly maxLength?: string
  readonly precision?: string
  readonly scale?: string
  readonly roundingMode?: string
  /** 12: picoseconds. */
  readonly timestampPrecision?: string
  readonly rangeElementType?: { readonly type?: string }
  readonly fields?: readonly Field[]
}
