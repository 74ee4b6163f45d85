import fc from 'fast-check'
import { compileEncoder, rowBytes } from '@tablestream/stream-writer'
import {
  column,
  jsonColumnText,
  parseJson,
  plan,
  type Column,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { decimal, readLossless, type Lossless } from '../lossless-json.ts'
import { rowDecoder } from './decode-row.ts'
import { numberText } from './number-texts.ts'

const fingerprint = { low: 0, high: 0 }
const envelope = { eventId: 'id', source: '', fingerprint, eventDay: 20_000, processedMicros: 0 }

/** Where numbers stand: in a column, a RECORD, an array, a REPEATED RECORD, a JSON column. */
const textOf = (numbers: readonly string[]): string => {
  const [a, b, c, d, e, f] = numbers
  return `{"a":${a},"r":{"a":${b}},"l":[${c},${d}],"o":[{"a":${e}},{"a":${f}}],"j":[null,{"a":${a}},${b}]}`
}
const numbers = fc.array(numberText, { minLength: 6, maxLength: 6 })

/** The row of an event as the writer makes it: protobuf, decoded by a library of its own. */
function rowOf(columns: readonly Column[], event: JsonObject): Record<string, unknown> {
  const unmapped: Record<string, JsonValue> = {}
  for (const { path, value } of plan(columns, event).conflicts) unmapped[path] = value
  const { row } = compileEncoder(columns)(event, { ...envelope, unmapped: jsonColumnText(unmapped) })
  return rowDecoder(columns)(rowBytes(row))
}

/**
 * A double keeps a number's digits where it gives them back, printed with as many of them and 17 at most: what a program that prints 17
 * has sent is the double, and not the decimal of which it is the nearest.
 */
function isKeptAs(text: string, stored: unknown): boolean {
  if (typeof stored === 'number') {
    const sent = decimal(text)
    const { length } = sent.replace(/e.*|-/g, '')
    return decimal(String(stored)) === sent || (length <= 17 && decimal(stored.toPrecision(length)) === sent)
  }
  return typeof stored === 'string' && decimal(stored) === decimal(text)
}

/** Whether BigQuery's JSON holds the number: int64, uint64, or a double that prints these digits. */
function isJsonNumber(text: string): boolean {
  if (Number.isFinite(Number(text)) && decimal(String(Number(text))) === decimal(text)) return true
  const [digits, power] = decimal(text).split('e')
  if (Number(power) < 0 || Number(power) > 20) return false
  const whole = BigInt(digits!) * 10n ** BigInt(power!)
  return whole >= -(2n ** 63n) && whole < 2n ** 64n
}

function isKeptInJson(text: string, stored: Lossless): boolean {
  if (typeof stored === 'string') return !isJsonNumber(text) && decimal(stored) === decimal(text)
  return (
    isJsonNumber(text) &&
    'decimal' in (stored as object) &&
    (stored as { decimal: string }).decimal === decimal(text)
  )
}

function at(value: Lossless, ...steps: (string | number)[]): Lossless {
  return steps.reduce<Lossless>((inside, step) => {
    if (typeof step === 'number') return (inside as readonly Lossless[])[step]!
    return (
      (inside as { entries: readonly (readonly [string, Lossless])[] }).entries.find(
        ([key]) => key === step,
      )?.[1] ?? null
    )
  }, value)
}

/** What is in _unmapped for a path: by that path, or with all of what is around it. */
function leftAt(unmapped: Lossless, path: string): Lossless {
  const steps = path.split('/').slice(1)
  for (let count = steps.length; count > 0; count--) {
    const around = at(unmapped, `/${steps.slice(0, count).join('/')}`)
    const inside = steps.slice(count).map((step) => (/^[0-9]/.test(step) ? Number(step) : step))
    if (around !== null) return at(around, ...inside)
  }
  return null
}

t.test('whatever column a number meets, its digits are in it or in _unmapped, read without loss', (t) => {
  let kept = 0
  fc.assert(
    fc.property(numbers, numbers, (before, sent) => {
      const [first, second] = [textOf(before), textOf(sent)].map((text) => parseJson(text) as JsonObject)
      const { columns } = plan(plan(undefined, first!).columns, second!)
      const row = rowOf(columns, second!)
      const unmapped = readLossless(row['_unmapped'] as string)
      const check = (text: string, path: string, stored: unknown): void => {
        const left = leftAt(unmapped, path)
        if (left === null && isKeptAs(text, stored)) kept++
        else if (left === null || stored !== undefined || !isKeptInJson(text, left))
          throw new Error(`${path} ${text}: ${JSON.stringify([stored, left])}`)
      }
      const [a, b, c, d, e, f] = sent as [string, string, string, string, string, string]
      check(a, '/a', row['a'])
      check(b, '/r/a', (row['r'] as { a?: unknown } | undefined)?.a)
      const records = (row['o'] ?? []) as { a?: unknown }[]
      check(e, '/o/0/a', records[0]?.a)
      check(f, '/o/1/a', records[1]?.a)
      const list = row['l']
      const left = leftAt(unmapped, '/l')
      if (Array.isArray(list)) [c, d].forEach((text, index) => check(text, `/l/${index}`, list[index]))
      else {
        const whole = left ?? readLossless(list as string)
        for (const [index, text] of [c, d].entries())
          if (!isKeptInJson(text, at(whole, index))) throw new Error(`/l ${text}: ${JSON.stringify(whole)}`)
      }
      const json = readLossless(row['j'] as string)
      return isKeptInJson(a, at(json, 1, 'a')) && isKeptInJson(b, at(json, 2))
    }),
    { numRuns: cases(5000) },
  )
  t.ok(kept > cases(5000), `${kept} in columns`)
  t.end()
})

t.test('a widening keeps every number that may stand in the column', (t) => {
  fc.assert(
    fc.property(numberText, numberText, (before, sent) => {
      const [first, second] = [before, sent].map((text) => parseJson(`{"n":${text}}`) as JsonObject)
      const { columns } = plan(undefined, first!)
      const { columns: wider, conflicts } = plan(columns, second!)
      // what fitted before still does
      const fits = plan(undefined, first!).conflicts.length > 0 || plan(wider, first!).conflicts.length === 0
      return fits && plan(wider, second!).conflicts.length === conflicts.length
    }),
    { numRuns: cases(5000) },
  )
  t.end()
})

t.test(
  'whatever a program prints of a double, with up to 17 digits, a FLOAT64 column takes as that double',
  (t) => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    const counts = fc.integer({ min: 1, max: 17 })
    for (const mode of ['NULLABLE', 'REQUIRED', 'REPEATED'] as const) {
      const { columns: system } = plan(undefined, {})
      const columns = [...system, column('n', 'FLOAT64', { mode })]
      fc.assert(
        fc.property(double, counts, fc.boolean(), (value, count, exponent) => {
          const text = exponent ? value.toExponential(count - 1) : value.toPrecision(count)
          const sent = parseJson(mode === 'REPEATED' ? `{"n":[${text}]}` : `{"n":${text}}`) as JsonObject
          const planned = plan(columns, sent)
          if (planned.outcome !== 'fits') return false
          // fewer than 17 digits may be nearer to another double, or beyond the largest
          const read = Number(text)
          if (!Number.isFinite(read)) return planned.conflicts.length === 1
          if (count === 17 && read !== value) return false
          if (planned.conflicts.length > 0)
            return count < 17 && decimal(read.toPrecision(count)) !== decimal(text)
          const { n = 0 } = rowOf(columns, sent) as { n?: unknown }
          return (Array.isArray(n) ? (n[0] as number) : n) === read
        }),
        { numRuns: cases(2000) },
      )
    }
    t.end()
  },
)
