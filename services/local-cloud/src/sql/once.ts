/** A column, or a literal that a cast gives its type: it costs nothing to name it again. */
const SIMPLE =
  /^(?:[\w$]+\.)?(?:"[^"]*"|[\w$]+)$|^CAST\((?:'[^']{0,40}'|[\w.+-]+) AS [\w(),]+\)$|^'[^']{0,60}'$|^struct_extract\([\w$]+, '[^']*'\)$/
/** What gives another value each time. */
const VOLATILE = /\b(?:random|uuid)\(\)/

/** SQL of a value that is named again without harm. */
const isSimple = (sql: string): boolean => SIMPLE.test(sql) && !VOLATILE.test(sql)

/** Whether SQL gives another value each time that it is named. */
export const isVolatile = (sql: string): boolean => VOLATILE.test(sql)

/** The SQL of what `of` makes of a value, which is reckoned once however often `of` names it. `of` may not ask tables. */
export function once(sql: string, of: (name: string) => string): string {
  if (isSimple(sql)) return of(sql)
  const name = freeName(sql)
  return `list_extract(list_transform([${sql}], lambda ${name}: ${of(name)}), 1)`
}

/** A name that the SQL does not hold. */
export function freeName(sql: string): string {
  let name = 'once'
  while (sql.includes(name)) name += '_'
  return name
}
