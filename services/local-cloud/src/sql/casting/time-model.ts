import type { Category, TimeElement } from './time-elements.ts'

/** Elements that texts are read with. */
const READ = new Set(
  'YYYY YYY YY Y RRRR RR Y,YYY MM MON MONTH DD HH HH12 HH24 MI SS SSSSS A.M. P.M. TZH TZM FF1 FF2 FF3 FF4 FF5 FF6 FF7 FF8 FF9'.split(
    ' ',
  ),
)
/** What each type has none of. */
const WITHOUT: Readonly<Record<string, readonly Category[]>> = {
  DATE: ['HOUR', 'MINUTE', 'SECOND', 'MERIDIAN', 'ZONE'],
  TIME: ['YEAR', 'MONTH', 'DAY', 'ZONE'],
  DATETIME: ['ZONE'],
  TIMESTAMP: [],
}
const ONCE: readonly Category[] = ['MERIDIAN', 'YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE']

/** Format elements: format model rules. @param kind of the time that is read @throws Error for a format string that breaks one */
export function checkTimeModel(kind: string, elements: readonly TimeElement[]): void {
  const own = elements.filter(({ category }) => category !== 'LITERAL')
  const find = (test: (element: TimeElement) => boolean) => own.find(test)
  const named = (...names: readonly string[]) => find(({ name }) => names.includes(name))
  const unknown = find(({ name }) => !READ.has(name))
  if (unknown) throw new Error(`Format element ${unknown.text} is not supported for parsing`)
  const wrong = find(({ category }) => WITHOUT[kind]!.includes(category))
  if (wrong) throw new Error(`Format element ${wrong.text} is not allowed for output type ${kind}`)
  const kindOf = (name: string) => (name.startsWith('FF') ? 'FF' : name)
  for (const [index, { name, text, category }] of own.entries()) {
    const before = own.slice(0, index)
    if (before.some((other) => kindOf(other.name) === kindOf(name)))
      throw new Error(`Format element ${text} appears more than once in the format string`)
    const other = ONCE.includes(category) && before.find((each) => each.category === category)
    if (other) throw new Error(`More than one format element of the ${category}: ${other.text} and ${text}`)
  }
  const [meridian, of12, ofDay] = [
    find(({ category }) => category === 'MERIDIAN'),
    named('HH', 'HH12'),
    named('SSSSS'),
  ]
  if (of12 && !meridian)
    throw new Error(`A meridian indicator is required when format element ${of12.text} exists`)
  if (meridian && !of12)
    throw new Error(`Format element HH or HH12 is required when format element ${meridian.text} exists`)
  const beside = ofDay && find(({ name, category }) => ['HOUR', 'MINUTE'].includes(category) || name === 'SS')
  if (beside) throw new Error(`Format elements ${beside.text} and ${ofDay.text} cannot exist simultaneously`)
}
