import { dateDays, timestampMicros } from '@tablestream/table-schema'
import Format from 'typebox/format'

/** Characters of an address (RFC 5321, 4.5.3.1: 64, an @, and 255): of some millions the expressions for it run out of stack. */
const LONGEST_ADDRESS = 320

// what a column can hold decides, not what a looser format check lets through
Format.Set('date-time', (text) => timestampMicros(text) !== undefined)
Format.Set('date', (text) => dateDays(text) !== undefined)
for (const name of ['email', 'idn-email']) {
  const isAddress = Format.Get(name)!
  Format.Set(name, (text) => text.length <= LONGEST_ADDRESS && isAddress(text))
}

/** To tell whether a text is a regular expression it has to be compiled, which takes a minute for one of some megabytes. */
const UNBOUNDED = 'regex'

/** The formats that a contract may ask for. */
export const FORMATS: readonly string[] = Format.Entries().flatMap(([name]) =>
  name === UNBOUNDED ? [] : name,
)

/** @throws Error for one that a stranger's text could hold everybody up by */
export function checkFormat(path: string, format: unknown): void {
  if (format === UNBOUNDED) throw new Error(`${path} is ${UNBOUNDED}, which is not supported`)
}
