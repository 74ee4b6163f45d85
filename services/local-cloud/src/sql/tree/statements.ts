import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { Cursor } from './cursor.ts'
import { parseExpression } from './expressions.ts'
import { parseAlias, parseFrom, parseTablePath } from './from.ts'
import { parsePath } from './primary.ts'
import { parsePipedQuery } from './pipes.ts'
import { parseMerge } from './merge.ts'
import type { Assignment, Expression, Path, Statement, Target } from './tree.ts'

/** GoogleSQL as a tree. @throws BigQueryError invalidQuery with the place, notImplemented */
export function parseStatement(sql: string): Statement {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  const statement = readStatement(cursor)
  while (cursor.skipSymbol(';'));
  if (cursor.peek()) {
    const isScript = sql.slice(0, cursor.at).trimEnd().endsWith(';')
    throw isScript ? notImplemented('scripts of several statements') : cursor.unexpected()
  }
  return statement
}

function readStatement(cursor: Cursor): Statement {
  const first = cursor.peek()
  if (!first) throw new BigQueryError('invalidQuery', 'Syntax error: Unexpected end of statement')
  if (cursor.skip('INSERT')) return parseInsert(cursor)
  if (cursor.skip('UPDATE')) return parseUpdate(cursor)
  if (cursor.skip('DELETE')) {
    cursor.skip('FROM')
    return { kind: 'DELETE', target: parseTarget(cursor), where: parseWhere(cursor) }
  }
  if (cursor.skip('MERGE')) return parseMerge(cursor, CHANGES)
  if (cursor.startsQuery() || cursor.isSymbol('(')) return { kind: 'SELECT', query: cursor.query() }
  if (first.kind === 'word' && OTHERS.has(first.upper)) throw notImplemented(`the statement ${first.upper}`)
  throw cursor.unexpected()
}

/** What else a statement of BigQuery begins with (docs: DDL, DCL, procedural language, EXPORT DATA, LOAD DATA, ASSERT). */
const OTHERS = new Set(
  `ALTER ANALYZE ASSERT BEGIN BREAK CALL CASE COMMIT CONTINUE CREATE DECLARE DESCRIBE DROP EXECUTE EXPLAIN EXPORT FOR GRANT IF IMPORT
  ITERATE LEAVE LOAD LOOP RAISE RENAME REPEAT RETURN REVOKE ROLLBACK SET SHOW TRUNCATE UNDROP WHILE`.split(
    /\s+/,
  ),
)

const CHANGES = { target: parseTarget, assignments: parseAssignments, value: parseOrDefault }

function parseTarget(cursor: Cursor): Target {
  const { at } = cursor
  const path = parseTablePath(cursor)
  const isClause = cursor.isWord('SET', 'WHERE', 'USING')
  return { path, alias: isClause ? undefined : parseAlias(cursor), at }
}

/** BigQuery changes no rows without a condition. */
function parseWhere(cursor: Cursor): Expression {
  if (!cursor.isWord('WHERE')) throw cursor.unexpected('keyword WHERE')
  cursor.take()
  return cursor.expression()
}

function parseInsert(cursor: Cursor): Statement {
  cursor.skip('INTO')
  const { at } = cursor
  const path = parseTablePath(cursor)
  const target = { path, alias: undefined, at }
  const columns =
    cursor.isSymbol('(') && !cursor.startsQuery()
      ? cursor.inBrackets(() => cursor.list(() => cursor.name()))
      : undefined
  if (!cursor.skip('VALUES')) return { kind: 'INSERT', target, columns, rows: [], query: cursor.query() }
  const rows = cursor.list(() => cursor.inBrackets(() => cursor.list(() => parseOrDefault(cursor))))
  return { kind: 'INSERT', target, columns, rows, query: undefined }
}

function parseUpdate(cursor: Cursor): Statement {
  const target = parseTarget(cursor)
  cursor.expect('SET')
  const sets = parseAssignments(cursor)
  const from = cursor.skip('FROM') ? parseFrom(cursor) : undefined
  return { kind: 'UPDATE', target, sets, from, where: parseWhere(cursor) }
}

function parseAssignments(cursor: Cursor): Assignment[] {
  return cursor.list(() => {
    const path = parsePath(cursor) as Path
    cursor.expectSymbol('=')
    return { path, to: parseOrDefault(cursor) }
  })
}

function parseOrDefault(cursor: Cursor): Expression | undefined {
  return cursor.skip('DEFAULT') ? undefined : cursor.expression()
}
