import Type from 'typebox'

// Formats of contract fields are checked by the same rules as columns: see validate-event.ts.
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339 with offset' })
export const CalendarDay = Type.String({ format: 'date', description: 'YYYY-MM-DD' })
export const Id = Type.String({ minLength: 1 })

export function oneOf<const Values extends readonly string[]>(values: Values) {
  return Type.Unsafe<Values[number]>(Type.Enum([...values]))
}
