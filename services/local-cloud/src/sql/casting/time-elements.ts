/** A format element of a date or time (format elements: format clause for CAST). */
export interface TimeElement {
  /** In upper case; LITERAL for a text, SPACE for spaces. */
  readonly name: string
  /** As it is written; of a LITERAL what it stands for. */
  readonly text: string
  readonly category: Category
}

export type Category =
  | 'LITERAL'
  | 'YEAR'
  | 'MONTH'
  | 'DAY'
  | 'HOUR'
  | 'MINUTE'
  | 'SECOND'
  | 'MERIDIAN'
  | 'ZONE'
  | 'OTHER'

const NAMES: Readonly<Record<Exclude<Category, 'LITERAL'>, string>> = {
  YEAR: 'YYYY YYY YY Y RRRR RR Y,YYY',
  MONTH: 'MM MON MONTH',
  DAY: 'DDD DD D DAY DY',
  HOUR: 'HH HH12 HH24',
  MINUTE: 'MI',
  SECOND: 'SS SSSSS FF1 FF2 FF3 FF4 FF5 FF6 FF7 FF8 FF9',
  MERIDIAN: 'AM PM A.M. P.M.',
  ZONE: 'TZH TZM',
  // known to GoogleSQL, and neither written nor read by it: none of them is taken for several others
  OTHER:
    'IYYY IYY IY I SYYYY YEAR SYEAR RM J CC SCC Q IW WW W AD BC A.D. B.C. SP TH SPTH THSP FM FF10 FF11 FF12',
}

/** The longest first. */
const KNOWN = Object.entries(NAMES)
  .flatMap(([category, names]) => names.split(' ').map((name) => ({ name, category: category as Category })))
  .toSorted((a, b) => b.name.length - a.name.length)

/** Format strings are not longer than this many bytes. */
const LONGEST = 512

/** The elements of a format string. @throws Error for what is none */
export function timeElements(format: string): readonly TimeElement[] {
  if (Buffer.byteLength(format) > LONGEST) throw new Error(`Format string too long; limit ${LONGEST}`)
  const elements: TimeElement[] = []
  for (let at = 0; at < format.length;) {
    const [plain, quoted] = [/^(?:[-./,';:]| +)/.exec(format.slice(at))?.[0], quotedAt(format, at)]
    // not of the whole format in upper case: a letter of a quoted text may become two
    const known = KNOWN.find(({ name }) => format.slice(at, at + name.length).toUpperCase() === name)
    const size = plain?.length ?? quoted?.size ?? known?.name.length
    if (size === undefined) throw new Error(`Cannot find matched format element at ${at} of "${format}"`)
    const text = quoted?.text ?? format.slice(at, at + size)
    const isLiteral = plain !== undefined || quoted !== undefined
    elements.push(
      isLiteral
        ? { name: plain?.startsWith(' ') ? 'SPACE' : 'LITERAL', text, category: 'LITERAL' }
        : { ...known!, text },
    )
    at += size
  }
  return elements
}

/** `"text"`, where a quote and a backslash stand behind a backslash. */
function quotedAt(format: string, at: number): { readonly text: string; readonly size: number } | undefined {
  if (format[at] !== '"') return undefined
  const found = /^"((?:\\["\\]|[^"\\])*)"/.exec(format.slice(at))
  if (!found) throw new Error(`Cannot find matching " for quoted literal at ${at} of "${format}"`)
  return { text: found[1]!.replaceAll(/\\(["\\])/g, '$1'), size: found[0].length }
}
