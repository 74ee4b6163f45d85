import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { shownError } from '@tablestream/service-kit/shown'

export interface Command<Options extends ParseArgsOptionsConfig> {
  /** As people call it: `npm run chaos`. */
  readonly name: string
  /** What -h prints, an example included. */
  readonly usage: string
  readonly options: Options
  /** True: it also takes arguments without a name. */
  readonly takesOthers?: boolean
}

const HELP = { help: { type: 'boolean', short: 'h', default: false } } as const

/**
 * Reads the arguments of this process. -h prints the usage and ends it; an argument that the command does not know ends it with exit
 * code 2 and the list of those that it knows.
 */
export function readArguments<Options extends ParseArgsOptionsConfig>({
  name,
  usage,
  options,
  takesOthers = false,
}: Command<Options>) {
  const all = { ...options, ...HELP }
  const args = joined(process.argv.slice(2), all)
  const parse = () => parseArgs({ args, options: all, allowPositionals: takesOthers })
  const swallowed = Object.keys(options).find((option) => isSwallowed(option))
  if (swallowed !== undefined)
    refuse(name, `npm took --${swallowed} for itself. Write: ${name} -- --${swallowed}`)
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse()
  } catch (error) {
    const known = Object.keys(all).map((option) => `--${option}`)
    return refuse(name, `${sentenceOf(error as Error)}. The options are ${known.join(', ')}.\n${usage}`)
  }
  if ((parsed.values as { help?: boolean }).help === true) {
    console.log(usage)
    process.exit(0)
  }
  return parsed
}

/** Ends this process with exit code 2: it was called in a way that cannot be right. */
export function refuse(name: string, sentence: string): never {
  console.error(`${name}: ${sentence}`)
  process.exit(2)
}

/** Says what went wrong, of which a terminal obeys nothing, and lets this process end with this exit code. */
export function fail(name: string, error: unknown, exitCode = 2): void {
  console.error(`${name}: ${shownError(error)}`)
  process.exitCode = exitCode
}

/** @throws Error with the option's name and value where the text is no whole number from 1 */
export function countOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`${option} is a whole number from 1, but is "${text}"`)
  return Number(text)
}

/** Arguments in which a negative number is the value of the option before it, as people mean it: Node asks back. */
function joined(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  return args.reduce<string[]>((all, each) => {
    const before = all.at(-1) ?? ''
    const takesValue = before.startsWith('--') && options[before.slice(2)]?.type === 'string'
    return takesValue && /^-\d/.test(each) ? [...all.slice(0, -1), `${before}=${each}`] : [...all, each]
  }, [])
}

function sentenceOf({ message }: Error): string {
  const [, option] = /^Option '(--[^']+)' argument is ambiguous/.exec(message) ?? []
  if (option !== undefined)
    return `${option} has no value: one that begins with a dash is written ${option}=-x`
  return message.split('. ')[0]!
}

/** `npm start --fresh` gives --fresh to npm, which keeps it and tells only by a variable. */
function isSwallowed(option: string): boolean {
  if (process.env['npm_lifecycle_event'] === undefined) return false
  const names = [option, option.replace(/^no-/, '')]
  return names.some((name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined)
}
