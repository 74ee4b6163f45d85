import type { ColumnType } from '../../bigquery/values/column-type.ts'
import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import type { Field } from '../../bigquery/values/fields.ts'
import { readColumn, readColumnDefinitions, type ForeignKeyDefinition } from './column-definitions.ts'
import { readDefault, readOptions } from './options.ts'
import { tableOptions } from './create-statement.ts'
import { readTablePath } from '../table-path.ts'
import { firstWord, groupTokens, isGroup, isSymbol, isWord, tokenize, type Node } from '../tokens.ts'
import { readFieldType } from '../types.ts'

/** What ALTER TABLE does to a table. */
export type AlterAction =
  | { readonly kind: 'type'; readonly column: ColumnType; readonly ifExists: boolean }
  | { readonly kind: 'add'; readonly field: Field; readonly ifNotExists: boolean }
  | { readonly kind: 'drop'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string; readonly ifExists: boolean }
  | { readonly kind: 'nullable'; readonly name: string; readonly ifExists: boolean }
  | {
      readonly kind: 'default'
      readonly name: string
      readonly ifExists: boolean
      /** Undefined: there is none from then on. */
      readonly expression: string | undefined
    }
  | { readonly kind: 'name'; readonly to: string }
  | {
      readonly kind: 'describe'
      readonly name: string
      readonly ifExists: boolean
      readonly description: string
    }
  | { readonly kind: 'options'; readonly options: Readonly<Record<string, unknown>> }
  | KeyAction

/** Keys that come, or one that goes: without a name the primary one. */
export type KeyAction =
  | {
      readonly kind: 'addKeys'
      readonly primaryKey: readonly string[]
      readonly foreignKeys: readonly ForeignKeyDefinition[]
      readonly ifNotExists: boolean
    }
  | { readonly kind: 'dropKey'; readonly name: string | undefined; readonly ifExists: boolean }

/** What stands behind ALTER. All but TABLE change their options alone, and views what their columns are about. */
const KINDS = ['TABLE', 'VIEW', 'SNAPSHOT TABLE', 'MATERIALIZED VIEW'] as const
export type AlteredKind = (typeof KINDS)[number]

/** `ALTER TABLE t action, …`, which are done one after another. */
export interface AlterTable {
  readonly of: AlteredKind
  readonly path: readonly string[]
  readonly ifExists: boolean
  readonly actions: readonly AlterAction[]
}

/** The statement, or undefined where the text is another one. @throws BigQueryError for any other ALTER */
export function parseAlterTable(sql: string): AlterTable | undefined {
  if (firstWord(sql) !== 'ALTER') return undefined
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const nodes = groupTokens(tokens)
  const of = KINDS.find((kind) => kind.split(' ').every((word, index) => isWord(nodes[index + 1], word)))
  if (!of) throw notImplemented('ALTER of anything but a table')
  const name = 1 + of.split(' ').length
  const ifExists = isWord(nodes[name], 'IF') && isWord(nodes[name + 1], 'EXISTS')
  const { parts, next } = readTablePath(nodes, ifExists ? name + 2 : name)
  const actions = splitActions(nodes.slice(next)).map((action) => new ActionReader(action).read())
  if (actions.length > 1 && actions.some(({ kind }) => kind === 'name'))
    throw notImplemented('RENAME TO beside other actions of an ALTER TABLE')
  const isOther = ({ kind }: AlterAction) => kind !== 'options' && !(of === 'VIEW' && kind === 'describe')
  if (of !== 'TABLE' && actions.some(isOther)) throw notImplemented(`ALTER ${of} of anything but its options`)
  return { of, path: parts, ifExists, actions }
}

/** Commas inside the brackets of a type belong to the type. */
function splitActions(nodes: readonly Node[]): readonly Node[][] {
  const actions: Node[][] = [[]]
  let depth = 0
  for (const node of nodes) {
    if (isSymbol(node, '<')) depth++
    else if (isSymbol(node, '>')) depth--
    else if (isSymbol(node, '>>')) depth -= 2
    if (depth === 0 && isSymbol(node, ',')) actions.push([])
    else actions.at(-1)!.push(node)
  }
  return actions
}

class ActionReader {
  readonly #nodes: readonly Node[]
  #at = 0

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  read(): AlterAction {
    if (this.#skip('ADD', 'COLUMN')) {
      const ifNotExists = this.#skip('IF', 'NOT', 'EXISTS')
      return { kind: 'add', ifNotExists, field: readColumn(this.#rest()) }
    }
    if (isWord(this.#nodes[0], 'ADD') && isWord(this.#nodes[1], 'PRIMARY', 'FOREIGN', 'CONSTRAINT'))
      return this.#keys()
    if (this.#skip('DROP', 'PRIMARY', 'KEY'))
      return this.#ended({ kind: 'dropKey', name: undefined, ifExists: this.#skip('IF', 'EXISTS') })
    if (this.#skip('DROP', 'CONSTRAINT')) {
      const ifExists = this.#skip('IF', 'EXISTS')
      return this.#ended({ kind: 'dropKey', name: this.#name('constraint'), ifExists })
    }
    if (this.#skip('DROP', 'COLUMN')) {
      const ifExists = this.#skip('IF', 'EXISTS')
      return this.#ended({ kind: 'drop', name: this.#name(), ifExists })
    }
    if (this.#skip('RENAME', 'COLUMN')) {
      const ifExists = this.#skip('IF', 'EXISTS')
      const name = this.#name()
      if (!this.#skip('TO')) throw new BigQueryError('invalidQuery', 'Syntax error: keyword TO was expected')
      return this.#ended({ kind: 'rename', name, to: this.#name(), ifExists })
    }
    // a table stays in its dataset (docs: ALTER TABLE RENAME TO statement)
    if (this.#skip('RENAME', 'TO')) return this.#ended({ kind: 'name', to: this.#name('table') })
    if (this.#skip('SET', 'OPTIONS'))
      return this.#ended({ kind: 'options', options: tableOptions(this.#group()) })
    if (this.#skip('ALTER', 'COLUMN')) {
      const ifExists = this.#skip('IF', 'EXISTS')
      return this.#ofColumn(this.#name(), ifExists)
    }
    throw notImplemented(`ALTER TABLE … ${textOf(this.#nodes)}`)
  }

  /** `ADD [CONSTRAINT [IF NOT EXISTS] name] FOREIGN KEY …`, `ADD PRIMARY KEY (a) NOT ENFORCED` */
  #keys(): AlterAction {
    const [, word, ...rest] = this.#nodes as readonly [Node, Node, ...Node[]]
    const ifNotExists =
      isWord(word, 'CONSTRAINT') && ['IF', 'NOT', 'EXISTS'].every((each, index) => isWord(rest[index], each))
    const { fields, ...keys } = readColumnDefinitions([word, ...rest.slice(ifNotExists ? 3 : 0)])
    if (fields.length > 0) throw new BigQueryError('invalidQuery', 'Syntax error: a key was expected')
    return { kind: 'addKeys', ifNotExists, ...keys }
  }

  #ofColumn(name: string, ifExists: boolean): AlterAction {
    if (this.#skip('SET', 'DATA', 'TYPE'))
      return { kind: 'type', ifExists, column: { name, type: readFieldType(this.#rest()) } }
    if (this.#skip('DROP', 'NOT', 'NULL')) return this.#ended({ kind: 'nullable', name, ifExists })
    if (this.#skip('SET', 'DEFAULT'))
      return { kind: 'default', name, ifExists, expression: readDefault(this.#rest()) }
    if (this.#skip('DROP', 'DEFAULT'))
      return this.#ended({ kind: 'default', name, ifExists, expression: undefined })
    if (!this.#skip('SET', 'OPTIONS'))
      throw notImplemented(`ALTER COLUMN … ${textOf(this.#nodes.slice(this.#at))}`)
    const { description, ...others } = Object.fromEntries(readOptions(this.#group()))
    const [other] = Object.keys(others)
    if (other !== undefined || typeof description !== 'string')
      throw notImplemented(`the column option ${other ?? 'description'}`)
    return this.#ended({ kind: 'describe', name, ifExists, description })
  }

  #skip(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isWord(this.#nodes[this.#at + index], word))) return false
    this.#at += words.length
    return true
  }

  #name(of: 'column' | 'table' | 'constraint' = 'column'): string {
    const node = this.#nodes[this.#at++]
    if (node?.kind !== 'word' && node?.kind !== 'quoted')
      throw new BigQueryError('invalidQuery', `Syntax error: a ${of} name was expected`)
    return node.text
  }

  #group(): readonly Node[] {
    const node = this.#nodes[this.#at++]
    if (!isGroup(node, '(')) throw new BigQueryError('invalidQuery', 'Syntax error: "(" was expected')
    return node.nodes
  }

  #rest(): readonly Node[] {
    const rest = this.#nodes.slice(this.#at)
    this.#at = this.#nodes.length
    return rest
  }

  #ended(action: AlterAction): AlterAction {
    if (this.#at < this.#nodes.length) throw notImplemented(`ALTER TABLE … ${textOf(this.#rest())}`)
    return action
  }
}

function textOf(nodes: readonly Node[]): string {
  return nodes.map((node) => (node.kind === 'group' ? '(…)' : node.text)).join(' ')
}
