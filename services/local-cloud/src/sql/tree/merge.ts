import type { Cursor } from './cursor.ts'
import { parseTableOrQuery } from './from.ts'
import type { Assignment, Expression, Merge, MergeAction, MergeClause, Target } from './tree.ts'

/** What MERGE shares with the other statements. */
export interface ChangeGrammar {
  readonly target: (cursor: Cursor) => Target
  readonly assignments: (cursor: Cursor) => Assignment[]
  readonly value: (cursor: Cursor) => Expression | undefined
}

/** `MERGE [INTO] t USING s ON condition WHEN …`, without its first word. */
export function parseMerge(cursor: Cursor, grammar: ChangeGrammar): Merge {
  cursor.skip('INTO')
  const target = grammar.target(cursor)
  cursor.expect('USING')
  const using = parseTableOrQuery(cursor)
  cursor.expect('ON')
  const on = cursor.expression()
  const clauses: MergeClause[] = []
  while (cursor.isWord('WHEN')) clauses.push(parseClause(cursor, grammar))
  if (clauses.length === 0) throw cursor.unexpected('keyword WHEN')
  return { kind: 'MERGE', target, using, on, clauses }
}

function parseClause(cursor: Cursor, grammar: ChangeGrammar): MergeClause {
  const { at } = cursor
  cursor.expect('WHEN')
  const not = cursor.skip('NOT')
  cursor.expect('MATCHED')
  const bySource = not && cursor.skip('BY', 'SOURCE')
  if (not && !bySource) cursor.skip('BY', 'TARGET')
  const and = cursor.skip('AND') ? cursor.expression() : undefined
  cursor.expect('THEN')
  const when = !not ? 'MATCHED' : bySource ? 'NOT MATCHED BY SOURCE' : 'NOT MATCHED'
  const action = when === 'NOT MATCHED' ? parseInsert(cursor, grammar) : parseChange(cursor, grammar)
  return { when, and, action, at }
}

function parseChange(cursor: Cursor, grammar: ChangeGrammar): MergeAction {
  if (cursor.skip('DELETE')) return { kind: 'DELETE' }
  cursor.expect('UPDATE')
  cursor.expect('SET')
  return { kind: 'UPDATE', sets: grammar.assignments(cursor) }
}

function parseInsert(cursor: Cursor, grammar: ChangeGrammar): MergeAction {
  cursor.expect('INSERT')
  const columns = cursor.isSymbol('(') ? cursor.inBrackets(() => cursor.list(() => cursor.name())) : undefined
  if (cursor.skip('ROW')) return { kind: 'INSERT', columns, row: undefined }
  cursor.expect('VALUES')
  return {
    kind: 'INSERT',
    columns,
    row: cursor.inBrackets(() => cursor.list(() => grammar.value(cursor))),
  }
}
