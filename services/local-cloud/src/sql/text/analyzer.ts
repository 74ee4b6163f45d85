import { caseFolded } from '../duck/text-functions.ts'

/** What makes tokens of a text (text analysis). */
export interface Analyzer {
  readonly name: AnalyzerName
  readonly tokens: (text: string) => readonly string[]
  /** Whether a delimiter ends at this place of a text. */
  readonly endsAt: (text: string, at: number) => boolean
  /** Whether one begins there. */
  readonly beginsAt: (text: string, at: number) => boolean
}

export type AnalyzerName = 'LOG_ANALYZER' | 'NO_OP_ANALYZER' | 'PATTERN_ANALYZER'

const DELIMITERS = [
  ...'[ ] < > ( ) { } | ! ; , \' " * & ? + / : = @ . - $ % \\ _'.split(' '),
  '\n',
  '\r',
  ' ',
  '\t',
  ...'%21 %26 %2526 %3B %3b %7C %7c %20 %2B %2b %3D %3d %2520 %5D %5d %5B %5b %3A %3a %0A %0a %2C %2c %28 %29'.split(
    ' ',
  ),
]
const WORD = String.raw`\b\w{2,}\b`

/** Which options an analyzer takes. */
const OPTIONS: Readonly<Record<AnalyzerName, readonly string[]>> = {
  LOG_ANALYZER: ['delimiters', 'token_filters'],
  NO_OP_ANALYZER: [],
  PATTERN_ANALYZER: ['patterns', 'token_filters'],
}

/** @param options JSON, or an empty text @throws Error for an analyzer or an option that is none */
export function analyzerOf(name: string, options: string): Analyzer {
  if (!(name in OPTIONS)) throw new Error(`Invalid analyzer: ${name}`)
  const own = name as AnalyzerName
  const given = optionsOf(own, options)
  const without = { name: own, endsAt: () => false, beginsAt: () => false }
  if (own === 'NO_OP_ANALYZER') return { ...without, tokens: (text) => [text] }
  const filter = filtersOf(given['token_filters'])
  if (own === 'PATTERN_ANALYZER') {
    const pattern = patternOf(given['patterns'])
    const found = (text: string) => Array.from(text.matchAll(pattern), ([token]) => token)
    return { ...without, tokens: (text) => filter(found(text).filter(Boolean)) }
  }
  const delimiters = delimitersOf(given['delimiters'])
  const between = new RegExp(delimiters.map((each) => each.replaceAll(/[^\w\s]/g, '\\$&')).join('|'))
  return {
    name: own,
    tokens: (text) =>
      filter(
        text
          .split(between)
          .map((token) => token.trim())
          .filter(Boolean),
      ),
    endsAt: (text, at) => delimiters.some((each) => text.endsWith(each, at)),
    beginsAt: (text, at) => delimiters.some((each) => text.startsWith(each, at)),
  }
}

function optionsOf(name: AnalyzerName, text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {}
  const options = objectOf(JSON.parse(text), 'analyzer_options')
  for (const key of Object.keys(options))
    if (!OPTIONS[name].includes(key)) throw new Error(`analyzer_options: ${name} does not take ${key}`)
  return options
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Error(`analyzer_options: ${what} must be a JSON object`)
}

function textsOf(value: unknown, what: string): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new Error(`analyzer_options: ${what} must be a JSON array of strings`)
}

/** The longest first: it comes before those that it begins with. */
function delimitersOf(value: unknown): readonly string[] {
  const all = value === undefined ? DELIMITERS : textsOf(value, 'delimiters')
  const wrong = all.find((each) => !/^[\0-\x7f]{1,16}$/.test(each))
  if (wrong !== undefined)
    throw new Error(
      `analyzer_options: the delimiter ${JSON.stringify(wrong)} is not 1 to 16 ASCII characters`,
    )
  return all.toSorted((a, b) => b.length - a.length)
}

/** What JavaScript and RE2 understand in the same way. */
const SAME =
  /^(?:[^\\()[\]{}]|\\[bdwntrf.*+?()[\]{}|^$\\/-]|\((?!\?)|\(\?:|\)|\{\d+(?:,\d*)?\}|\[\^?\]?(?:[^\\\][]|\\[dwntrf.*+?()[\]{}|^$\\/-])*\])*$/

function patternOf(value: unknown): RegExp {
  const [pattern = WORD, ...others] = value === undefined ? [] : textsOf(value, 'patterns')
  if (others.length > 0) throw new Error('analyzer_options: patterns takes one pattern')
  if (!SAME.test(pattern))
    throw new Error(`local-cloud knows no PATTERN_ANALYZER with the pattern ${pattern}`)
  return new RegExp(pattern, 'g')
}

type Filter = (tokens: readonly string[]) => readonly string[]

const lower: Filter = (tokens) =>
  tokens.map((token) => token.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()))

/** One after another, as they are written. */
function filtersOf(value: unknown): Filter {
  if (value === undefined) return lower
  if (!Array.isArray(value)) throw new Error('analyzer_options: token_filters must be a JSON array')
  const filters = value.map((each) => filterOf(objectOf(each, 'a token filter')))
  return (tokens) => filters.reduce((left, filter) => filter(left), tokens)
}

function filterOf(filter: Readonly<Record<string, unknown>>): Filter {
  const [kind, ...others] = Object.keys(filter)
  if (others.length > 0 || (kind !== 'stop_words' && kind !== 'normalizer'))
    throw new Error('analyzer_options: a token filter is a normalizer or stop_words')
  if (kind === 'normalizer') return normalizerOf(objectOf(filter[kind], kind))
  const words = new Set(textsOf(filter[kind], kind))
  return (tokens) => tokens.filter((token) => !words.has(token))
}

function normalizerOf(settings: Readonly<Record<string, unknown>>): Filter {
  const { mode, icu_normalize_mode: form = 'NFKC', icu_case_folding: folds = true, ...others } = settings
  const isIcu = mode === 'ICU_NORMALIZE'
  const unknown = [
    ...Object.keys(others),
    ...(isIcu ? [] : Object.keys(settings).filter((key) => key !== 'mode')),
  ]
  if (unknown.length > 0)
    throw new Error(`analyzer_options: a normalizer of ${String(mode)} does not take ${unknown[0]}`)
  if (mode === 'NONE') return (tokens) => tokens
  if (mode === 'LOWER') return lower
  if (mode === 'UNICODE_LOWER') return (tokens) => tokens.map((token) => token.toLowerCase())
  if (!isIcu || !['NFC', 'NFKC', 'NFD', 'NFKD'].includes(form as string) || typeof folds !== 'boolean')
    throw new Error(`analyzer_options: invalid normalizer ${JSON.stringify(settings)}`)
  return (tokens) =>
    tokens.map((token) => (folds ? caseFolded(token, form as string) : token.normalize(form as string)))
}
