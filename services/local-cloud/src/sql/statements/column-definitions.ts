import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import type { Field } from '../../bigquery/values/fields.ts'
import { typeName } from '../typing/sql-type.ts'
import { readTablePath } from '../table-path.ts'
import { isGroup, isSymbol, isWord, splitByComma, type Node, type Token } from '../tokens.ts'
import { readDefault, readOptions } from './options.ts'
import { isScalarType } from '../types.ts'

/** The column list of CREATE TABLE: its fields as the API spells them, and its keys. */
export interface ColumnDefinitions extends Keys {
  readonly fields: readonly Field[]
}

interface Keys {
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyDefinition[]
}

/** Columns whose values are those of another table's primary key. */
export interface ForeignKeyDefinition {
  readonly name?: string
  readonly columns: readonly string[]
  readonly path: readonly string[]
  readonly referenced: readonly string[]
}

const MODIFIERS: readonly string[] = ['GENERATED', 'COLLATE']

/** @throws BigQueryError invalidQuery, notImplemented */
export function readColumnDefinitions(list: readonly Node[]): ColumnDefinitions {
  const reader = new DefinitionReader(list)
  const fields: Field[] = []
  do {
    if (!reader.tableKey()) fields.push(reader.column())
  } while (reader.skipSymbol(','))
  reader.end()
  return { fields, ...reader.keys() }
}

/** One column. @throws BigQueryError invalidQuery, notImplemented */
export function readColumn(nodes: readonly Node[]): Field {
  const reader = new DefinitionReader(nodes)
  const field = reader.column()
  reader.end()
  return field
}

class DefinitionReader {
  readonly #nodes: readonly Node[]
  readonly #primaryKeys: (readonly string[])[] = []
  readonly #foreignKeys: ForeignKeyDefinition[] = []
  #at = 0

  constructor(nodes: readonly Node[]) {
    // `>>` that closes two type brackets comes as one token
    this.#nodes = nodes.flatMap((node) => {
      const close: Node = { kind: 'symbol', text: '>', upper: '>' }
      return isSymbol(node, '>>') ? [close, close] : [node]
    })
  }

  column(): Field {
    const name = this.#nodes[this.#at++]
    if (name?.kind !== 'word' && name?.kind !== 'quoted')
      throw new BigQueryError('invalidQuery', 'Syntax error: a column name was expected')
    return { name: name.text, ...this.#schema(name.text) }
  }

  /** What was said of keys so far. @throws BigQueryError where there are two primary ones */
  keys(): Keys {
    const [primaryKey = [], ...others] = this.#primaryKeys
    if (others.length > 0)
      throw new BigQueryError('invalidQuery', 'Multiple PRIMARY KEY constraints are not allowed')
    return { primaryKey, foreignKeys: this.#foreignKeys }
  }

  /** `PRIMARY KEY (a) NOT ENFORCED`, `CONSTRAINT c FOREIGN KEY (a) REFERENCES t (b) NOT ENFORCED`. @returns whether one comes next */
  tableKey(): boolean {
    const name = this.#constraintName()
    if (this.skip('PRIMARY', 'KEY')) {
      this.#primaryKeys.push(this.#names())
      this.#notEnforced()
      return true
    }
    if (this.skip('FOREIGN', 'KEY')) {
      const columns = this.#names()
      if (!this.skip('REFERENCES'))
        throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword REFERENCES')
      this.#references(columns, name)
      return true
    }
    if (name === undefined) return false
    throw new BigQueryError('invalidQuery', 'Syntax error: Expected PRIMARY KEY or FOREIGN KEY')
  }

  /** The same of one column, behind its type. */
  #columnKey(column: string): boolean {
    const name = this.#constraintName()
    if (this.skip('REFERENCES')) this.#references([column], name)
    else if (this.skip('PRIMARY', 'KEY')) {
      this.#primaryKeys.push([column])
      this.#notEnforced()
    } else return false
    return true
  }

  #constraintName(): string | undefined {
    if (!this.skip('CONSTRAINT')) return undefined
    return (this.#nodes[this.#at++] as Token | undefined)?.text
  }

  #references(columns: readonly string[], name: string | undefined): void {
    const { parts: path, next } = readTablePath(this.#nodes, this.#at)
    this.#at = next
    this.#foreignKeys.push({ ...(name !== undefined && { name }), columns, path, referenced: this.#names() })
    this.#notEnforced()
  }

  #names(): readonly string[] {
    const group = this.#nodes[this.#at++]
    if (!isGroup(group, '('))
      throw new BigQueryError('invalidQuery', 'Syntax error: names of columns were expected in brackets')
    return splitByComma(group.nodes).map(([name]) => (name as Token).text)
  }

  #notEnforced(): void {
    if (this.skip('NOT', 'ENFORCED')) return
    throw new BigQueryError(
      'invalidQuery',
      'Enforcement of constraints is not supported: NOT ENFORCED was expected',
    )
  }

  /** Steps over these words where they come next. */
  skip(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isWord(this.#nodes[this.#at + index], word))) return false
    this.#at += words.length
    return true
  }

  skipSymbol(symbol: string): boolean {
    if (!isSymbol(this.#nodes[this.#at], symbol)) return false
    this.#at++
    return true
  }

  end(): void {
    const node = this.#nodes[this.#at]
    if (node === undefined) return
    if (isWord(node, ...MODIFIERS)) throw notImplemented(`${(node as Token).upper} of a column`)
    throw new BigQueryError(
      'invalidQuery',
      `Syntax error: Unexpected "${node.kind === 'group' ? '(' : node.text}"`,
    )
  }

  /** `type [PRIMARY KEY NOT ENFORCED | REFERENCES t (c) NOT ENFORCED] [DEFAULT …] [NOT NULL] [OPTIONS(…)]`, keys also behind NOT NULL. */
  #schema(name: string): Omit<Field, 'name'> {
    const { fields, ...type } = this.#type()
    while (this.#columnKey(name));
    let value = this.#default()
    const mode = this.skip('NOT', 'NULL') ? 'REQUIRED' : (type.mode ?? 'NULLABLE')
    value ??= this.#default()
    while (this.#columnKey(name));
    if (mode === 'REQUIRED' && type.mode === 'REPEATED')
      throw new BigQueryError('invalidQuery', 'NOT NULL cannot be applied to an ARRAY column')
    const description = this.#description()
    return {
      ...type,
      mode,
      ...(value !== undefined && { defaultValueExpression: value }),
      ...(description !== undefined && { description }),
      ...(fields && { fields }),
    }
  }

  #default(): string | undefined {
    if (!this.skip('DEFAULT')) return undefined
    const from = this.#at
    const isEnd = (node: Node | undefined) =>
      node === undefined ||
      isSymbol(node, ',') ||
      isWord(node, 'NOT', 'OPTIONS', 'PRIMARY', 'REFERENCES', 'CONSTRAINT')
    while (!isEnd(this.#nodes[this.#at])) this.#at++
    return readDefault(this.#nodes.slice(from, this.#at))
  }

  #type(): Omit<Field, 'name'> {
    const node = this.#nodes[this.#at++]
    if (node?.kind !== 'word') throw new BigQueryError('invalidQuery', 'Syntax error: a type was expected')
    if (node.upper === 'ARRAY') {
      const element = this.#bracketed(() => this.#type())
      if (element.mode === 'REPEATED')
        throw new BigQueryError('invalidQuery', 'Cannot construct array with element type ARRAY')
      return { ...element, mode: 'REPEATED' }
    }
    if (node.upper === 'STRUCT') return { type: 'RECORD', fields: this.#bracketed(() => this.#columns()) }
    if (node.upper === 'RANGE') {
      const { type } = this.#bracketed(() => this.#type())
      return { type: 'RANGE', rangeElementType: { type } }
    }
    if (!isScalarType(node.upper)) throw notImplemented(`the type ${node.text}`)
    return { type: typeName(node.upper), ...this.#parameters(node) }
  }

  /** `(10)` of a text, `(10, 2)` of a decimal. */
  #parameters({ text, upper }: Token): Pick<Field, 'maxLength' | 'precision' | 'scale'> {
    const group = this.#nodes[this.#at]
    if (!isGroup(group, '(')) return {}
    this.#at++
    const numbers = splitByComma(group.nodes).map(([node]) => (node?.kind === 'number' ? node.text : ''))
    const [first = '', second] = numbers
    const isText = upper === 'STRING' || upper === 'BYTES'
    const isDecimal = /^(?:BIG)?(?:NUMERIC|DECIMAL)$/.test(upper)
    const isRight = (isText && numbers.length === 1) || (isDecimal && numbers.length <= 2)
    if (!isRight || numbers.includes(''))
      throw new BigQueryError('invalidQuery', `${text} does not support these type parameters`)
    return isText
      ? { maxLength: first }
      : { precision: first, ...(second !== undefined && { scale: second }) }
  }

  #columns(): Field[] {
    const fields: Field[] = []
    do fields.push(this.column())
    while (this.skipSymbol(','))
    return fields
  }

  #bracketed<T>(read: () => T): T {
    if (!this.skipSymbol('<'))
      throw new BigQueryError('invalidQuery', 'Syntax error: "<" was expected in a type')
    const inner = read()
    if (!this.skipSymbol('>'))
      throw new BigQueryError('invalidQuery', 'Syntax error: ">" was expected in a type')
    return inner
  }

  #description(): string | undefined {
    if (!this.skip('OPTIONS')) return undefined
    const group = this.#nodes[this.#at++]
    if (!isGroup(group, '(')) throw new BigQueryError('invalidQuery', 'Syntax error: "(" was expected')
    const { description, ...others } = Object.fromEntries(readOptions(group.nodes))
    const [other] = Object.keys(others)
    if (other !== undefined) throw notImplemented(`the column option ${other}`)
    if (description !== undefined && typeof description !== 'string')
      throw new BigQueryError('invalidQuery', 'The description of a column is a text')
    return description
  }
}
