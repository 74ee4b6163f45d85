const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const FINE = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

type Maybe = number | null | undefined

/** 12,345; – where there is no number. */
export const count = (value: Maybe): string => (value == null ? '–' : WHOLE.format(value))

/** Events a second. */
export const rate = (value: Maybe): string => {
  if (value == null) return '–'
  return `${value >= 100 ? WHOLE.format(value) : FINE.format(value)}/s`
}

/** The same where the unit stands elsewhere. */
export const bareRate = (value: Maybe): string => rate(value).replace('/s', '')

export function duration(seconds: Maybe): string {
  if (seconds == null) return '–'
  if (seconds < 0) return `−${duration(-seconds)}`
  if (seconds < 0.9995) return `${FINE.format(seconds * 1000)} ms`
  if (seconds < 120) return `${FINE.format(seconds)} s`
  if (seconds < 7200) return `${WHOLE.format(seconds / 60)} min`
  if (seconds < 172_800) return `${WHOLE.format(seconds / 3600)} h`
  return `${WHOLE.format(seconds / 86_400)} days`
}

export function bytes(value: Maybe): string {
  if (value == null) return '–'
  if (value < 1000) return `${value} B`
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  const step = Math.min(Math.floor(Math.log10(value) / 3), units.length)
  return `${FINE.format(value / 1000 ** step)} ${units[step - 1]}`
}

export const percent = (share: Maybe): string => (share == null ? '–' : `${FINE.format(share * 100)} %`)

/** Clock time in this browser's zone; with the day where it is not today's. */
export function clock(text: string, now = new Date()): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) return text
  return time.toDateString() === now.toDateString() ? CLOCK.format(time) : DAY.format(time)
}

export const ago = (text: string, now = Date.now()): string =>
  `${duration(Math.max(0, Math.round((now - Date.parse(text)) / 1000)))} ago`

/** JSON broken into lines, each of its words as it came: nothing is parsed and written anew. Other text as it is. */
export function pretty(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    // shown as it came
    return text
  }
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  const broken = (text.match(WORD) ?? []).map((word, index, words) => {
    if (word === '{' || word === '[') {
      depth++
      return CLOSES.has(words[index + 1]!) ? word : word + line()
    }
    if (CLOSES.has(word)) {
      depth--
      return OPENS.has(words[index - 1]!) ? word : line() + word
    }
    return word === ',' ? word + line() : word === ':' ? ': ' : word
  })
  return broken.join('')
}

const WORD = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
const OPENS = new Set(['{', '['])
const CLOSES = new Set(['}', ']'])

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`
