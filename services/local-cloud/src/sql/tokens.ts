import { BigQueryError } from '../bigquery/errors.ts'
import { partOfName } from './digits-in-names.ts'

export type TokenKind = 'word' | 'quoted' | 'text' | 'bytes' | 'number' | 'parameter' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  /** The word, symbol or number as written; the content of a backtick name or of a text. */
  readonly text: string
  /** The word in upper case, else empty: keywords are compared without regard to case. */
  readonly upper: string
  /** Where it begins in the text. */
  readonly at?: number
}

/** Everything between a bracket and its counterpart. */
export interface Group {
  readonly kind: 'group'
  readonly open: '(' | '['
  readonly nodes: readonly Node[]
}

export type Node = Token | Group

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|#[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<text>(?:[rR]?[bB]|[bB]?[rR])?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))`,
    '(?<quoted>`(?:[^`\\\\]|\\\\.)+`)',
    String.raw`(?<number>0[xX][0-9a-fA-F]+|(?:\d+(?:\.(?!\s*\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_]*)`,
    '(?<parameter>@@[A-Za-z_]\\w*(?:\\.\\w+)*|@[A-Za-z_]\\w*|@`(?:[^`\\\\]|\\\\.)+`|\\?)',
    String.raw`(?<symbol>\|\||\|>|=>|<<|>>|<=|>=|<>|!=|[-+*/%=<>.,;:()[\]&|^~])`,
  ].join('|'),
  'uy',
)

/** The first word of a statement, in upper case; comments may stand before it. */
export function firstWord(sql: string): string {
  const [, word = ''] = /^(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)*([A-Za-z]*)/.exec(sql) ?? []
  return word.toUpperCase()
}

/** Cuts GoogleSQL into tokens, comments and white space left out. @throws BigQueryError invalidQuery with the place */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  /** The last two tokens, where no space is behind them. */
  let tight: readonly Token[] = []
  PATTERN.lastIndex = 0
  while (PATTERN.lastIndex < sql.length) {
    const at = PATTERN.lastIndex
    const groups = PATTERN.exec(sql)?.groups
    if (!groups) throw syntaxError(sql, at)
    if (groups['space'] !== undefined) tight = []
    if (groups['space'] !== undefined) continue
    const part = groups['number'] === undefined ? undefined : nameOf(sql, groups['number'], tight)
    if (part) PATTERN.lastIndex = at + part.text.length
    const token = { ...(part ?? tokenOf(groups)), at }
    tokens.push(token)
    tight = [...tight.slice(-1), token]
  }
  return tokens
}

/** Letters of the name of a table (docs: tables). */
const LONGEST_NAME = 1024

/** @returns undefined where a number is one @throws BigQueryError */
function nameOf(sql: string, text: string, tight: readonly Token[]): Token | undefined {
  const behind = sql.slice(PATTERN.lastIndex, PATTERN.lastIndex + LONGEST_NAME)
  const part = partOfName({ text, behind, before: tight.at(-1), beforeThat: tight.at(-2) })
  if (part === 'wrong')
    throw syntaxError(sql, PATTERN.lastIndex, 'Missing whitespace between literal and alias')
  return part
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  const { text, quoted, word, parameter } = groups
  if (text !== undefined) return { kind: isBytes(text) ? 'bytes' : 'text', text: unescape(text), upper: '' }
  if (quoted !== undefined) return { kind: 'quoted', text: unquote(quoted), upper: '' }
  if (word !== undefined) return { kind: 'word', text: word, upper: word.toUpperCase() }
  // a name in backticks, as Python's database interface writes it
  if (parameter?.startsWith('@`'))
    return { kind: 'parameter', text: `@${unquote(parameter.slice(1))}`, upper: '' }
  for (const kind of ['number', 'parameter', 'symbol'] as const) {
    const found = groups[kind]
    if (found !== undefined) return { kind, text: found, upper: found }
  }
  throw new Error('a token of no kind')
}

/** The name in backticks. */
const unquote = (quoted: string): string => quoted.slice(1, -1).replace(/\\(.)/g, '$1')

/** Characters that stand for themselves behind a backslash, and those that others stand for. */
const ITSELF = new Set('\\?"\'`')
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const isBytes = (literal: string): boolean => /^[rR]?[bB]/.test(literal)

/** Of BYTES each character is one byte, or a character whose UTF-8 is meant. */
function unescape(literal: string): string {
  const prefix = /^[rRbB]*/.exec(literal)![0]
  const raw = /r/i.test(prefix)
  const body = literal.slice(prefix.length)
  const quote = /^("""|''')/.test(body) ? 3 : 1
  const content = body.slice(quote, -quote)
  if (raw) return content
  return content.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (_, x: string, u: string, long: string, octal: string, other: string) => {
      if (other !== undefined) {
        const meant = ITSELF.has(other) ? other : ESCAPES[other]
        if (meant === undefined)
          throw new BigQueryError('invalidQuery', `Syntax error: Illegal escape sequence: \\${other}`)
        return meant
      }
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      if (x !== undefined) return String.fromCodePoint(Number.parseInt(x, 16))
      const [escape, code] = [u === undefined ? `\\U${long}` : `\\u${u}`, Number.parseInt(u ?? long, 16)]
      if (/b/i.test(prefix) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        throw new BigQueryError('invalidQuery', `Syntax error: Illegal escape sequence: ${escape}`)
      return String.fromCodePoint(code)
    },
  )
}

/** Makes a tree of the brackets. @throws BigQueryError invalidQuery where they do not match */
export function groupTokens(tokens: readonly Token[]): readonly Node[] {
  const stack: { open: '(' | '['; nodes: Node[] }[] = []
  let nodes: Node[] = []
  for (const token of tokens) {
    if (token.kind === 'symbol' && (token.text === '(' || token.text === '[')) {
      stack.push({ open: token.text, nodes })
      nodes = []
    } else if (token.kind === 'symbol' && (token.text === ')' || token.text === ']')) {
      const outer = stack.pop()
      if (!outer || (outer.open === '(') !== (token.text === ')')) {
        throw new BigQueryError('invalidQuery', `Syntax error: Unexpected "${token.text}"`)
      }
      outer.nodes.push({ kind: 'group', open: outer.open, nodes })
      nodes = outer.nodes
    } else nodes.push(token)
  }
  const unclosed = stack.pop()
  if (unclosed) throw new BigQueryError('invalidQuery', `Syntax error: "${unclosed.open}" is not closed`)
  return nodes
}

/** The parts between the commas of one level. */
export function splitByComma(nodes: readonly Node[]): (readonly Node[])[] {
  if (nodes.length === 0) return []
  const parts: Node[][] = [[]]
  for (const node of nodes) {
    if (isSymbol(node, ',')) parts.push([])
    else parts.at(-1)!.push(node)
  }
  return parts
}

export function isSymbol(node: Node | undefined, text: string): boolean {
  return node?.kind === 'symbol' && node.text === text
}

/** Whether the node is this keyword (given in upper case). */
export function isWord(node: Node | undefined, ...upper: readonly string[]): boolean {
  return node?.kind === 'word' && upper.includes(node.upper)
}

export function isGroup(node: Node | undefined, open: '(' | '['): node is Group {
  return node?.kind === 'group' && node.open === open
}

function syntaxError(
  sql: string,
  at: number,
  message = `Illegal input character "${sql[at]}"`,
): BigQueryError {
  const before = sql.slice(0, at).split('\n')
  const place = `[${before.length}:${before.at(-1)!.length + 1}]`
  return new BigQueryError('invalidQuery', `Syntax error: ${message} at ${place}`)
}
