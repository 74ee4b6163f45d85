/** The API's names of types, and what SQL and the documents call them. */
const NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
}

/** A type by its name in GoogleSQL: `tables.get` tells FLOAT of a column that was made as FLOAT64. */
export function sqlType(type: string): string {
  return NAMES[type] ?? type
}
