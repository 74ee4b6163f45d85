/** A sample of Prometheus' text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

/** The samples of these metrics; a line that is none of theirs, or that nobody can read, is passed over. */
export function readSamples(text: string, wanted: ReadonlySet<string>): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined || !wanted.has(name)) continue
    const pairs = [...labels.matchAll(LABEL)].map(([, key, escaped]) => [key!, unescaped(escaped!)] as const)
    samples.push({ name, labels: Object.fromEntries(pairs), value: numberOf(value!) })
  }
  return samples
}

function unescaped(text: string): string {
  return text.replaceAll(/\\[n"\\]/g, (escape) => ESCAPES[escape]!)
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : Number(text)
}
