import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { Cursor, placeOf } from './cursor.ts'
import { parseExpression } from './expressions.ts'
import { parseFunctionDefinition } from './function-definition.ts'
import { parseTablePath } from './from.ts'
import { parsePipedQuery } from './pipes.ts'
import { parseProcedureHead, type ProcedureHead } from './procedure.ts'
import type { Block, Branch, CallArgument, Labelled, ScriptStatement } from './script-tree.ts'
import { parseType } from './types.ts'
import { isWord } from '../tokens.ts'

const FIRST =
  'DECLARE SET IF CASE LOOP WHILE REPEAT FOR BEGIN EXECUTE RAISE ASSERT RETURN BREAK CONTINUE LEAVE ITERATE CALL COMMIT ROLLBACK'.split(
    ' ',
  )

/** The statements of a text, which may be one alone. @throws BigQueryError */
export function parseBlock(sql: string): Block {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  const block = new ScriptParser(cursor).block([], true)
  if (cursor.peek()) throw cursor.unexpected()
  return block
}

/** The statements of a script; undefined where the text is one statement alone. @throws BigQueryError */
export function parseScript(sql: string): Block | undefined {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  const isFunction = ['TEMP', 'TEMPORARY'].some(
    (word) =>
      cursor.comes('CREATE', word, 'FUNCTION') || cursor.comes('CREATE', 'OR', 'REPLACE', word, 'FUNCTION'),
  )
  if (!cursor.isWord(...FIRST) && !isFunction && !hasSeveral(cursor)) return undefined
  return parseProcedure(sql) ? undefined : parseBlock(sql)
}

export interface Procedure extends ProcedureHead {
  /** From BEGIN to END. */
  readonly body: string
}

/** `CREATE PROCEDURE …` that stands alone; undefined where the text is another one. @throws BigQueryError */
export function parseProcedure(sql: string): Procedure | undefined {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  const head = parseProcedureHead(cursor)
  if (!head) return undefined
  const from = cursor.at
  const to = new ScriptParser(cursor).procedureBody()
  while (cursor.skipSymbol(';'));
  return cursor.peek() ? undefined : { ...head, body: sql.slice(from, to) }
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
  /** What is around this place and may be left, from the outside to the inside. */
  readonly #around: (Labelled & { readonly isLoop: boolean })[] = []

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Statements up to one of these words, or to the end. @param declares whether it may begin with DECLARE */
  block(ends: readonly string[], declares = false): Block {
    const cursor = this.#cursor
    const block: ScriptStatement[] = []
    for (;;) {
      while (cursor.skipSymbol(';'));
      if (!cursor.peek() || cursor.isWord(...ends)) return block
      const mayDeclare = declares && block.every(({ kind }) => kind === 'declare')
      if (cursor.isWord('DECLARE') && !mayDeclare)
        throw new BigQueryError(
          'invalidQuery',
          `Variable declarations are allowed only at the start of a block or script at ${placeOf(cursor.sql, cursor.at)}`,
        )
      block.push(this.#statement())
      if (cursor.peek() && !cursor.isSymbol(';')) throw cursor.unexpected('";"')
    }
  }

  #statement(): ScriptStatement {
    const cursor = this.#cursor
    const label = this.#label()
    if (cursor.skip('LOOP')) return this.#loop(label, undefined, 'LOOP')
    if (cursor.skip('WHILE')) {
      const before = this.#text('DO')
      cursor.expect('DO')
      return this.#loop(label, before, 'WHILE')
    }
    if (cursor.skip('REPEAT')) return this.#repeat(label)
    if (cursor.isWord('BEGIN')) return this.#begin(label)
    if (cursor.skip('FOR')) return this.#for(label)
    if (cursor.skip('DECLARE')) return this.#declare()
    if (cursor.skip('SET')) return this.#set()
    if (cursor.skip('IF')) return this.#if()
    if (cursor.skip('CASE')) return this.#case()
    if (cursor.skip('BREAK') || cursor.skip('LEAVE')) return this.#jump('break')
    if (cursor.skip('CONTINUE') || cursor.skip('ITERATE')) return this.#jump('continue')
    if (cursor.skip('RETURN')) return { kind: 'return', label: undefined }
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
    for (const action of ['COMMIT', 'ROLLBACK'] as const)
      if (cursor.skip(action)) {
        cursor.skip('TRANSACTION')
        return { kind: 'transaction', action }
      }
    if (cursor.skip('CALL')) return this.#call(from)
    return this.#temporaryFunction() ?? this.#procedure(from) ?? this.#sql(from)
  }

  /** `BEGIN … END` of a procedure. @returns where it ends */
  procedureBody(): number {
    const cursor = this.#cursor
    if (!cursor.isWord('BEGIN')) throw cursor.unexpected('keyword BEGIN')
    const body = this.#begin(undefined)
    if (body.kind !== 'begin') throw cursor.unexpected('the statements of the procedure')
    return cursor.sql.slice(0, cursor.at).trimEnd().length
  }

  /** `CREATE PROCEDURE …`, a statement with statements in it. */
  #procedure(from: number): ScriptStatement | undefined {
    const cursor = this.#cursor
    if (!parseProcedureHead(cursor)) return undefined
    const to = new ScriptParser(cursor).procedureBody()
    return { kind: 'sql', text: cursor.sql.slice(from, to), place: { from, to } }
  }

  /** `name:` before a loop or block. */
  #label(): string | undefined {
    const cursor = this.#cursor
    if (!cursor.isSymbol(':', 1)) return undefined
    const { at } = cursor
    const name = cursor.name()
    cursor.expectSymbol(':')
    if (!cursor.isWord('LOOP', 'WHILE', 'REPEAT', 'FOR', 'BEGIN')) throw cursor.unexpected()
    const label = name.toLowerCase()
    if (this.#around.some((each) => each.label === label))
      throw new BigQueryError(
        'invalidQuery',
        `Duplicate block label: a block or loop around it is called ${name} at ${placeOf(cursor.sql, at)}`,
      )
    return label
  }

  /** What stands in a loop or block, up to its end. */
  #inside<T>(label: string | undefined, isLoop: boolean, read: () => T): T {
    this.#around.push({ label, isLoop })
    const inside = read()
    this.#around.pop()
    return inside
  }

  /** The words that end it, and its label again where somebody has written it. */
  #end(label: string | undefined, ...words: readonly string[]): void {
    const cursor = this.#cursor
    cursor.expect('END', ...words)
    const { at } = cursor
    const name = cursor.optionalName()
    if (name !== undefined && name.toLowerCase() !== label)
      throw new BigQueryError(
        'invalidQuery',
        `Mismatched end label; expected ${label ?? 'none'}, got ${name} at ${placeOf(cursor.sql, at)}`,
      )
  }

  /** @throws BigQueryError where nothing is around it that it could leave */
  #jump(kind: 'break' | 'continue'): ScriptStatement {
    const cursor = this.#cursor
    const { at } = cursor
    const label = cursor.optionalName()?.toLowerCase()
    const of = this.#around.find((each) => (label === undefined ? each.isLoop : each.label === label))
    const word = kind.toUpperCase()
    if (of && (of.isLoop || kind === 'break')) return { kind, label }
    const what =
      label === undefined
        ? `${word} is only allowed inside of a loop body`
        : `${word}: no ${kind === 'break' ? 'block or loop' : 'loop'} around it is called ${label}`
    throw new BigQueryError('invalidQuery', `${what} at ${placeOf(cursor.sql, at)}`)
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
    return withLineEnd(text)
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

  /** A variable, or one of the system's, with its `@@`. */
  #target(): string {
    const token = this.#cursor.peek()
    const isSystem = token?.kind === 'parameter' && token.text.startsWith('@@')
    return isSystem ? this.#cursor.take().text : this.#cursor.name()
  }

  #set(): ScriptStatement {
    const cursor = this.#cursor
    if (cursor.isWord('TRANSACTION')) throw notImplemented('SET TRANSACTION')
    const isStruct = cursor.isSymbol('(')
    const names = isStruct ? cursor.inBrackets(() => cursor.list(() => this.#target())) : [this.#target()]
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

  #loop(label: string | undefined, before: string | undefined, word: string): ScriptStatement {
    const body = this.#inside(label, true, () => this.block(['END']))
    this.#end(label, word)
    return { kind: 'loop', label, before, until: undefined, body }
  }

  /** `FOR row IN (query) DO … END FOR` */
  #for(label: string | undefined): ScriptStatement {
    const cursor = this.#cursor
    const name = cursor.name()
    cursor.expect('IN')
    if (!cursor.isSymbol('(')) throw cursor.unexpected('"("')
    const query = this.#text('DO')
    cursor.expect('DO')
    const body = this.#inside(label, true, () => this.block(['END']))
    this.#end(label, 'FOR')
    return { kind: 'for', label, name, query, body }
  }

  #repeat(label: string | undefined): ScriptStatement {
    const cursor = this.#cursor
    const body = this.#inside(label, true, () => this.block(['UNTIL']))
    cursor.expect('UNTIL')
    const until = this.#text('END')
    this.#end(label, 'REPEAT')
    return { kind: 'loop', label, before: undefined, until, body }
  }

  #begin(label: string | undefined): ScriptStatement {
    const cursor = this.#cursor
    cursor.take()
    if (label === undefined && (cursor.skip('TRANSACTION') || cursor.isSymbol(';') || !cursor.peek()))
      return { kind: 'transaction', action: 'BEGIN' }
    const read = () => ({
      body: this.block(['EXCEPTION', 'END'], true),
      handler: cursor.skip('EXCEPTION', 'WHEN', 'ERROR', 'THEN') ? this.block(['END']) : undefined,
    })
    const made = this.#inside(label, false, read)
    this.#end(label)
    return { kind: 'begin', label, ...made }
  }

  /** A procedure that somebody made, or `CALL BQ.ABORT_SESSION()`, `CALL BQ.REFRESH_MATERIALIZED_VIEW('p.d.v')`. */
  #call(from: number): ScriptStatement {
    const cursor = this.#cursor
    if (cursor.isWord('BQ') && cursor.isSymbol('.', 1)) return this.#systemProcedure()
    const path = parseTablePath(cursor)
    const args = cursor.inBrackets(() => (cursor.isSymbol(')') ? [] : cursor.list(() => this.#argument())))
    const place = { from, to: from + cursor.sql.slice(from, cursor.at).trimEnd().length }
    return { kind: 'call', place, path, args }
  }

  #argument(): CallArgument {
    const cursor = this.#cursor
    const from = cursor.at
    const of = cursor.expression()
    const name = of.kind === 'path' && of.names.length === 1 ? of.names[0] : undefined
    return { value: withLineEnd(cursor.sql.slice(from, cursor.at).trim()), name }
  }

  #systemProcedure(): ScriptStatement {
    const cursor = this.#cursor
    const procedure = PROCEDURES.find((name) => isWord(cursor.peek(2), name))
    if (procedure === undefined) throw notImplemented(`the procedure BQ.${cursor.peek(2)?.text}`)
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

/** A comment of one line at its end must not take what is put behind the text. */
const withLineEnd = (text: string): string => (/(?:--|#)[^\n]*$/.test(text) ? `${text}\n` : text)

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
