import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { isGroup, isSymbol, isWord, splitByComma, type Node, type Token } from '../tokens.ts'

/** What is no literal is an expression, whose value is to be found. */
export type OptionValue =
  | string
  | number
  | boolean
  | null
  | Expressed
  | Readonly<Record<string, string>>
  | readonly string[]

/** Whether a value is that of an option that takes several texts. */
export const isTexts = (value: OptionValue | undefined): value is readonly string[] => Array.isArray(value)

export interface Expressed {
  readonly expression: string
}

/**
 * `NAME=VALUE, …` of OPTIONS, as far as the values are texts, labels, and TRUE or FALSE.
 *
 * @param several options that take an array of texts
 */
export function readOptions(
  nodes: readonly Node[],
  several: readonly string[] = [],
): ReadonlyMap<string, OptionValue> {
  return new Map(
    splitByComma(nodes).map(([name, equals, value, ...rest]): [string, OptionValue] => {
      if (name?.kind !== 'word' || !isSymbol(equals, '=') || value === undefined)
        throw notImplemented('an option that is not NAME = VALUE')
      if (rest.length > 0) return [name.text.toLowerCase(), { expression: textOf([value, ...rest]) }]
      if (value.kind === 'number') return [name.text.toLowerCase(), Number(value.text)]
      if (isWord(value, 'NULL')) return [name.text.toLowerCase(), null]
      if (isWord(value, 'TRUE', 'FALSE')) return [name.text.toLowerCase(), (value as Token).upper === 'TRUE']
      if (isGroup(value, '[')) {
        const read = several.includes(name.text.toLowerCase()) ? readTexts : readLabels
        return [name.text.toLowerCase(), read(value.nodes, name.text)]
      }
      if (value.kind !== 'text') throw notImplemented(`the value of the option ${name.text}`)
      return [name.text.toLowerCase(), value.text]
    }),
  )
}

const CLOSED: Readonly<Record<string, string>> = { '(': ')', '[': ']' }

/** An expression as it may be written. */
function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.kind === 'group') return `${node.open}${textOf(node.nodes)}${CLOSED[node.open]}`
      return node.kind === 'text' ? inQuotes(node.text) : node.text
    })
    .join(' ')
}

/** A text as most people write it, where that is possible: what stands behind DEFAULT is shown, and compared with what was meant. */
const inQuotes = (text: string): string =>
  /^[^'\\\p{Cc}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)

/** What stands behind DEFAULT, as the API has it. */
export function readDefault(nodes: readonly Node[]): string {
  // a sign stands before its number
  return textOf(nodes).replace(/^([+-]) /, '$1')
}

/** `"a", "b", …` */
function readTexts(nodes: readonly Node[], name: string): readonly string[] {
  return splitByComma(nodes).map(([item, ...rest]) => {
    if (item?.kind !== 'text' || rest.length > 0)
      throw new BigQueryError('invalidQuery', `The option ${name} is an array of texts.`)
    return item.text
  })
}

/** `("key", "value"), …` */
function readLabels(nodes: readonly Node[], name: string): Readonly<Record<string, string>> {
  const pairs = splitByComma(nodes).map(([pair, ...rest]): [string, string] => {
    const [key, value, ...more] = isGroup(pair, '(') ? splitByComma(pair.nodes).map(([node]) => node) : []
    if (rest.length > 0 || more.length > 0 || key?.kind !== 'text' || value?.kind !== 'text')
      throw notImplemented(`the value of the option ${name}`)
    return [key.text, value.text]
  })
  return Object.fromEntries(pairs)
}
