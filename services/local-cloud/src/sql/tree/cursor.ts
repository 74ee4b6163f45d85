import { BigQueryError } from '../../bigquery/errors.ts'
import { Brackets } from './brackets.ts'
import type { Expression, Query } from './tree.ts'
import { isReserved } from '../keywords.ts'
import { isSymbol, isWord, tokenize, type Token } from '../tokens.ts'

/** The parts of the grammar that hold one another. */
export interface Grammar {
  readonly expression: (cursor: Cursor) => Expression
  readonly query: (cursor: Cursor) => Query
}

/** The tokens of a statement, read from the first to the last. */
export class Cursor {
  readonly sql: string
  readonly #grammar: Grammar
  readonly #tokens: readonly Token[]
  readonly #brackets: Brackets
  #next = 0

  constructor(sql: string, grammar: Grammar) {
    this.sql = sql
    this.#grammar = grammar
    this.#tokens = tokenize(sql)
    this.#brackets = new Brackets(this.#tokens)
  }

  expression(): Expression {
    return this.#grammar.expression(this)
  }

  query(): Query {
    return this.#grammar.query(this)
  }

  /** Whether a query comes, in brackets of its own or not. @param deepest brackets in which WITH and FROM may begin it */
  startsQuery(deepest = 0): boolean {
    const inside = this.#brackets.inside(this.#next)
    const token = this.#tokens[inside]
    const ahead = inside - this.#next
    if (!isWord(token, 'SELECT') && !(isWord(token, 'WITH', 'FROM') && ahead <= deepest)) return false
    return ahead <= deepest || this.#brackets.mayHoldQuery(this.#next + deepest)
  }

  /** @param ahead 0 for the token that comes next */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead]
  }

  /** Where the next token is. */
  get at(): number {
    return this.peek()?.at ?? this.sql.length
  }

  take(): Token {
    const token = this.peek()
    if (!token) throw this.unexpected()
    this.#next++
    return token
  }

  isWord(...words: readonly string[]): boolean {
    return isWord(this.peek(), ...words)
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    return isSymbol(this.peek(ahead), symbol)
  }

  /** Whether these words come next, one after another. */
  comes(...words: readonly string[]): boolean {
    return words.every((word, index) => isWord(this.peek(index), word))
  }

  /** Steps over these words where they come next. */
  skip(...words: readonly string[]): boolean {
    if (!this.comes(...words)) return false
    this.#next += words.length
    return true
  }

  skipSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.#next++
    return true
  }

  expect(...words: readonly string[]): void {
    if (!this.skip(...words)) throw this.unexpected(`keyword ${words.join(' ')}`)
  }

  expectSymbol(symbol: string): void {
    if (!this.skipSymbol(symbol)) throw this.unexpected(`"${symbol}"`)
  }

  /** A name that is no reserved word. */
  name(): string {
    const name = this.optionalName()
    if (name === undefined) throw this.unexpected('a name')
    return name
  }

  optionalName(): string | undefined {
    const token = this.peek()
    const isName = token?.kind === 'quoted' || (token?.kind === 'word' && !isReserved(token.upper))
    return isName ? this.take().text : undefined
  }

  /** What stands in brackets, with commas between. */
  list<T>(read: () => T): T[] {
    const items = [read()]
    while (this.skipSymbol(',')) items.push(read())
    return items
  }

  inBrackets<T>(read: () => T): T {
    const open = this.at
    this.expectSymbol('(')
    const inside = read()
    if (this.peek() === undefined) throw syntaxError(this.sql, open, '"(" is not closed')
    this.expectSymbol(')')
    return inside
  }

  /** Reads, and goes back where nothing came of it. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.#next
    const found = read()
    if (found === undefined) this.#next = start
    return found
  }

  /** Steps over one of two `>` that came as `>>`, or over a `>`. */
  closeType(half: { open: boolean }): void {
    if (half.open) {
      half.open = false
      this.expectSymbol('>>')
      return
    }
    if (this.isSymbol('>>')) half.open = true
    else this.expectSymbol('>')
  }

  unexpected(wanted?: string): BigQueryError {
    const token = this.peek()
    const found =
      token === undefined
        ? 'end of script'
        : token.kind === 'word'
          ? isReserved(token.upper)
            ? `keyword ${token.upper}`
            : `identifier "${token.text}"`
          : `"${token.text}"`
    const message = wanted === undefined ? `Unexpected ${found}` : `Expected ${wanted} but got ${found}`
    return syntaxError(this.sql, this.at, message)
  }
}

/** `[line:column]`, both from 1. */
export function placeOf(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n')
  return `[${before.length}:${before.at(-1)!.length + 1}]`
}

function syntaxError(sql: string, at: number, message: string): BigQueryError {
  return new BigQueryError('invalidQuery', `Syntax error: ${message} at ${placeOf(sql, at)}`, {
    location: 'query',
  })
}
