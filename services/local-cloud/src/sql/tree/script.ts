import { notImplemented } from '../../bigquery/errors.ts'
import { Cursor } from './cursor.ts'
import { parseExpression } from './expressions.ts'
import { parseFunctionDefinition, type FunctionDefinition } from './function-definition.ts'
import { parsePipedQuery } from './pipes.ts'
import type { TypeName } from './tree.ts'
import { parseType } from './types.ts'
import { isWord } from '../tokens.ts'

/** Where a statement stands, from and up to which character of the script. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** A statement of a script. Values and SQL are texts: each is resolved when it is its turn. */
export type ScriptStatement =
  | { readonly kind: 'sql'; readonly text: string; readonly place: Place }
  | {
      readonly kind: 'declare'
      readonly names: readonly string[]
      readonly type: TypeName | undefined
      readonly value: string | undefined
    }
  | {
      readonly kind: 'set'
      readonly names: readonly string[]
      readonly value: string
      /** The names stand in brackets: the value is a struct of theirs. */
      readonly isStruct: boolean
    }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Block }
  | {
      readonly kind: 'loop'
      readonly before: string | undefined
      readonly until: string | undefined
      readonly body: Block
    }
  | { readonly kind: 'for'; readonly name: string; readonly query: string; readonly body: Block }
  | { readonly kind: 'break' | 'continue' | 'return' }
  | { readonly kind: 'begin'; readonly body: Block; readonly handler: Block | undefined }
  | {
      readonly kind: 'execute'
      readonly place: Place
      readonly sql: string
      readonly into: readonly string[]
      readonly using: readonly { readonly value: string; readonly name: string | undefined }[]
    }
  | {
      readonly kind: 'function'
      readonly name: string
      readonly replaces: boolean
      readonly made: FunctionDefinition
    }
  | { readonly kind: 'raise'; readonly message: string | undefined }
  | { readonly kind: 'transaction'; readonly action: 'BEGIN' | 'COMMIT' | 'ROLLBACK' }
  /** Of the session that it is in, or of that one. */
  | { readonly kind: 'abort'; readonly session: string | undefined }
  | { readonly kind: 'assert'; readonly condition: string; readonly message: string | undefined }

export type Block = readonly ScriptStatement[]

interface Branch {
  readonly condition: string
  readonly body: Block
}

const FIRST =
  'DECLARE SET IF CASE LOOP WHILE REPEAT FOR BEGIN EXECUTE RAISE ASSERT RETURN BREAK CONTINUE LEAVE ITERATE CALL COMMIT ROLLBACK'.split(
    ' ',
  )

/** The statements of a script; undefined where the text is one statement alone. @throws BigQueryError */
export function parseScript(sql: string): Block | undefined {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  const isFunction = ['TEMP', 'TEMPORARY'].some(
    (word) =>
      cursor.comes('CREATE', word, 'FUNCTION') || cursor.comes('CREATE', 'OR', 'REPLACE', word, 'FUNCTION'),
  )
  if (!cursor.isWord(...FIRST) && !isFunction && !hasSeveral(cursor)) return undefined
  const block = new ScriptParser(cursor).block([])
  if (cursor.peek()) throw cursor.unexpected()
  return block
}

function hasSeveral(cursor: Cursor): boolean {
  let seen = false
  for (let ahead = 0; cursor.peek(ahead); ahead++) {
    const isEnd = cursor.isSymbol(';', ahead)
    if (seen && !isEnd) return true
    seen ||= isEnd
  }
  return false
}

class ScriptParser {
  readonly #cursor: Cursor

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Statements up to one of these words, or to the end. */
  block(ends: readonly string[]): Block {
    const cursor = this.#cursor
    const block: ScriptStatement[] = []
    for (;;) {
      while (cursor.skipSymbol(';'));
      if (!cursor.peek() || cursor.isWord(...ends)) return block
      block.push(this.#statement())
      if (cursor.peek() && !cursor.isSymbol(';')) throw cursor.unexpected('";"')
    }
  }

  #statement(): ScriptStatement {
    const cursor = this.#cursor
    if (cursor.skip('DECLARE')) return this.#declare()
    if (cursor.skip('SET')) return this.#set()
    if (cursor.skip('IF')) return this.#if()
    if (cursor.skip('CASE')) return this.#case()
    if (cursor.skip('LOOP')) return this.#loop(undefined, 'LOOP')
    if (cursor.skip('WHILE')) {
      const before = this.#text('DO')
      cursor.expect('DO')
      return this.#loop(before, 'WHILE')
    }
    if (cursor.skip('REPEAT')) return this.#repeat()
    if (cursor.skip('BREAK') || cursor.skip('LEAVE')) return { kind: 'break' }
    if (cursor.skip('CONTINUE') || cursor.skip('ITERATE')) return { kind: 'continue' }
    if (cursor.skip('RETURN')) return { kind: 'return' }
    const from = cursor.at
    if (cursor.skip('EXECUTE', 'IMMEDIATE')) return this.#execute(from)
    if (cursor.skip('RAISE'))
      return { kind: 'raise', message: cursor.skip('USING', 'MESSAGE') ? this.#equals() : undefined }
    if (cursor.skip('ASSERT'))
      return {
        kind: 'assert',
        condition: this.#text('AS'),
        message: cursor.skip('AS') ? this.#text() : undefined,
      }
    if (cursor.isWord('BEGIN')) return this.#begin()
    if (cursor.skip('FOR')) return this.#for()
    for (const action of ['COMMIT', 'ROLLBACK'] as const)
      if (cursor.skip(action)) {
        cursor.skip('TRANSACTION')
        return { kind: 'transaction', action }
      }
    if (cursor.skip('CALL')) return this.#call()
    return this.#temporaryFunction() ?? this.#sql(from)
  }

  #sql(from: number): ScriptStatement {
    const text = this.#text()
    return { kind: 'sql', text, place: { from, to: from + text.length } }
  }

  /** The text up to one of these words, which stands outside of brackets and CASE, or to the end of the statement. */
  #text(...ends: readonly string[]): string {
    const cursor = this.#cursor
    const from = cursor.at
    let [depth, cases] = [0, 0]
    let to = from
    for (let token = cursor.peek(); token; token = cursor.peek()) {
      if (depth === 0 && (cursor.isSymbol(';') || (cases === 0 && cursor.isWord(...ends)))) break
      if (cursor.isSymbol('(') || cursor.isSymbol('[')) depth++
      if (cursor.isSymbol(')') || cursor.isSymbol(']')) depth--
      if (cursor.isWord('CASE')) cases++
      if (cursor.isWord('END') && cases > 0) cases--
      if (depth === 0 && ends.includes(',') && cursor.isSymbol(',')) break
      cursor.take()
      to = cursor.at
    }
    const text = cursor.sql.slice(from, to).trim()
    if (text === '') throw cursor.unexpected()
    // a comment of one line at its end must not take what is put behind the text
    return /(?:--|#)[^\n]*$/.test(text) ? `${text}\n` : text
  }

  #equals(): string {
    this.#cursor.expectSymbol('=')
    return this.#text()
  }

  #declare(): ScriptStatement {
    const cursor = this.#cursor
    const names = cursor.list(() => cursor.name())
    const type = cursor.isWord('DEFAULT') ? undefined : parseType(cursor)
    const value = cursor.skip('DEFAULT') ? this.#text() : undefined
    return { kind: 'declare', names, type, value }
  }

  #set(): ScriptStatement {
    const cursor = this.#cursor
    if (cursor.isWord('TRANSACTION')) throw notImplemented('SET TRANSACTION')
    const isStruct = cursor.isSymbol('(')
    const names = isStruct ? cursor.inBrackets(() => cursor.list(() => cursor.name())) : [cursor.name()]
    return { kind: 'set', names, value: this.#equals(), isStruct }
  }

  #if(): ScriptStatement {
    const cursor = this.#cursor
    const branches: Branch[] = []
    do {
      const condition = this.#text('THEN')
      cursor.expect('THEN')
      branches.push({ condition, body: this.block(['ELSEIF', 'ELSE', 'END']) })
    } while (cursor.skip('ELSEIF'))
    const otherwise = cursor.skip('ELSE') ? this.block(['END']) : []
    cursor.expect('END', 'IF')
    return { kind: 'if', branches, otherwise }
  }

  /** `CASE x WHEN 1 THEN … END CASE` and `CASE WHEN x = 1 THEN … END CASE`: the first branch that is true, as IF has it. */
  #case(): ScriptStatement {
    const cursor = this.#cursor
    const of = cursor.isWord('WHEN') ? undefined : this.#text('WHEN')
    const branches: Branch[] = []
    while (cursor.skip('WHEN')) {
      const value = this.#text('THEN')
      cursor.expect('THEN')
      const condition = of === undefined ? value : `(${of}) = (${value})`
      branches.push({ condition, body: this.block(['WHEN', 'ELSE', 'END']) })
    }
    if (branches.length === 0) throw cursor.unexpected('keyword WHEN')
    const otherwise = cursor.skip('ELSE') ? this.block(['END']) : []
    cursor.expect('END', 'CASE')
    return { kind: 'if', branches, otherwise }
  }

  #loop(before: string | undefined, word: string): ScriptStatement {
    const body = this.block(['END'])
    this.#cursor.expect('END', word)
    return { kind: 'loop', before, until: undefined, body }
  }

  /** `FOR row IN (query) DO … END FOR` */
  #for(): ScriptStatement {
    const cursor = this.#cursor
    const name = cursor.name()
    cursor.expect('IN')
    if (!cursor.isSymbol('(')) throw cursor.unexpected('"("')
    const query = this.#text('DO')
    cursor.expect('DO')
    const body = this.block(['END'])
    cursor.expect('END', 'FOR')
    return { kind: 'for', name, query, body }
  }

  #repeat(): ScriptStatement {
    const cursor = this.#cursor
    const body = this.block(['UNTIL'])
    cursor.expect('UNTIL')
    const until = this.#text('END')
    cursor.expect('END', 'REPEAT')
    return { kind: 'loop', before: undefined, until, body }
  }

  #begin(): ScriptStatement {
    const cursor = this.#cursor
    cursor.take()
    if (cursor.skip('TRANSACTION') || cursor.isSymbol(';') || !cursor.peek())
      return { kind: 'transaction', action: 'BEGIN' }
    const body = this.block(['EXCEPTION', 'END'])
    const handler = cursor.skip('EXCEPTION', 'WHEN', 'ERROR', 'THEN') ? this.block(['END']) : undefined
    cursor.expect('END')
    return { kind: 'begin', body, handler }
  }

  /** The procedures that there are: `CALL BQ.ABORT_SESSION()`, `CALL BQ.REFRESH_MATERIALIZED_VIEW('p.d.v')`. */
  #call(): ScriptStatement {
    const cursor = this.#cursor
    const procedure = PROCEDURES.find((name) => cursor.isWord('BQ') && isWord(cursor.peek(2), name))
    if (procedure === undefined) throw notImplemented('CALL in a script')
    for (let step = 0; step < 3; step++) cursor.take()
    const argument = cursor.inBrackets(() => (cursor.isSymbol(')') ? undefined : cursor.take()))
    if (argument && argument.kind !== 'text') throw notImplemented(`${procedure} of an expression`)
    if (procedure === 'ABORT_SESSION') return { kind: 'abort', session: argument?.text }
    return refreshed(argument?.text ?? '')
  }

  #execute(from: number): ScriptStatement {
    const cursor = this.#cursor
    const sql = this.#text('INTO', 'USING')
    const into = cursor.skip('INTO') ? cursor.list(() => cursor.name()) : []
    const using = cursor.skip('USING')
      ? cursor.list(() => ({
          value: this.#text('AS', ','),
          name: cursor.skip('AS') ? cursor.name() : undefined,
        }))
      : []
    const place = { from, to: from + cursor.sql.slice(from, cursor.at).trimEnd().length }
    return { kind: 'execute', place, sql, into, using }
  }

  /** `CREATE TEMP FUNCTION f(a INT64) [RETURNS INT64] AS (a + 1)` */
  #temporaryFunction(): ScriptStatement | undefined {
    const cursor = this.#cursor
    const replaces = cursor.comes('CREATE', 'OR', 'REPLACE')
    const ahead = replaces ? ['CREATE', 'OR', 'REPLACE'] : ['CREATE']
    const isTemporary = ['TEMP', 'TEMPORARY'].find((word) => cursor.skip(...ahead, word, 'FUNCTION'))
    if (isTemporary === undefined) return undefined
    const name = cursor.name().toUpperCase()
    return { kind: 'function', name, replaces, made: parseFunctionDefinition(cursor) }
  }
}

const PROCEDURES = ['ABORT_SESSION', 'REFRESH_MATERIALIZED_VIEW'] as const

/** A materialized view is never older than its tables here: to refresh one is to name one, as dbt does. */
function refreshed(name: string): ScriptStatement {
  const [, dataset, view = ''] = /^(?:([\w.:-]+)\.)?(\w+)$/.exec(name) ?? []
  const from = `${dataset === undefined ? '' : `\`${dataset}\`.`}INFORMATION_SCHEMA.MATERIALIZED_VIEWS`
  return {
    kind: 'assert',
    condition: `EXISTS (SELECT 1 FROM ${from} WHERE table_name = '${view}')`,
    message: JSON.stringify(`Not found: Materialized view ${name}`),
  }
}
