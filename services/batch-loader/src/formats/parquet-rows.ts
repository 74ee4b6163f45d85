import type { ColumnMetaData, RowGroup, SchemaTree } from 'hyparquet'
import { ColumnError, ParquetColumn, type RowProblem } from './parquet-column.ts'
import { ColumnPages, type ReadRange } from './parquet-pages.ts'

/** What writes the next value of a field, a list, a map or a group as JSON text, from the columns that are below it. */
interface Part {
  readonly columns: readonly ParquetColumn[]
  readonly text: () => string
}

/** Where a part stands: its levels, and the path of the value that is read. */
interface Above {
  readonly definition: number
  readonly repetition: number
  readonly path: () => string
}

export interface ParquetRows {
  readonly columns: readonly ParquetColumn[]
  /** JSON text of the next row, which must be in the columns. `reason`: what it is broken by. @throws ColumnError */
  readonly next: () => { readonly text: string; readonly reason: string | undefined }
}

/** Bytes that the columns of a row group read ahead, together. */
const AHEAD = 16 << 20
const LEAST_AHEAD = 64 << 10
const MOST_AHEAD = 2 << 20
/** A level is kept in a byte. */
const MOST_LEVELS = 255

/**
 * The rows of a row group, made from the levels of their values (parquet-format, README: "Nested Encoding"): of each column there is a page
 * or two in memory, and no row is more than its text.
 *
 * @throws ColumnError where a column is not there, or encrypted
 */
export function parquetRows(read: ReadRange, root: SchemaTree, group: RowGroup): ParquetRows {
  const problem: RowProblem = { reason: undefined }
  const reader = new PartReader(read, group, problem)
  const fields = fieldsOf(reader, root, { definition: 0, repetition: 0, path: () => '' })
  const columns = fields.flatMap((field) => field.columns)
  const isNested = columns.length > fields.length || root.children.some(({ children }) => children.length > 0)
  return {
    columns,
    next: () => {
      problem.reason = undefined
      const text = `{${textOf(fields)}}`
      if (isNested) for (const { repetition, name } of columns) checkEnd(repetition, 0, name)
      return { text, reason: problem.reason }
    },
  }
}

class PartReader {
  readonly problem: RowProblem
  readonly #read: ReadRange
  readonly #chunks: ReadonlyMap<string, ColumnMetaData>
  readonly #ahead: number

  constructor(read: ReadRange, { columns }: RowGroup, problem: RowProblem) {
    this.problem = problem
    this.#read = read
    this.#ahead = Math.max(LEAST_AHEAD, Math.min(MOST_AHEAD, Math.floor(AHEAD / Math.max(1, columns.length))))
    this.#chunks = new Map(
      columns.flatMap(({ meta_data: meta, file_path: elsewhere }) =>
        meta && !elsewhere ? [[keyOf(meta.path_in_schema), meta] as const] : [],
      ),
    )
  }

  column({ element, path }: SchemaTree, { definition, repetition, path: pathOf }: Above): ParquetColumn {
    const name = path.join('.')
    const meta = this.#chunks.get(keyOf(path))
    if (!meta) throw new ColumnError(`column ${name} is not in the file, or encrypted`)
    const pages = new ColumnPages(this.#read, meta, { element, definition, repetition }, this.#ahead)
    return new ParquetColumn(name, () => pages.next(), { definition, problem: this.problem, path: pathOf })
  }
}

const keyOf = (path: readonly string[]) => path.join('\0')

interface Field extends Part {
  readonly start: string
}

/** @throws ColumnError where two have one name: JSON, as their chunks in the file, has the last one alone */
function fieldsOf(reader: PartReader, { children }: SchemaTree, above: Above): readonly Field[] {
  const names = new Set<string>()
  for (const { element, path } of children) {
    if (names.has(element.name)) throw new ColumnError(`two columns have the name ${path.join('.')}`)
    names.add(element.name)
  }
  return children.map((child) => fieldOf(reader, child, above))
}

function fieldOf(reader: PartReader, tree: SchemaTree, above: Above): Field {
  const { name } = tree.element
  const part = partOf(reader, tree, { ...above, path: () => `${above.path()}/${name}` })
  return { ...part, start: `${JSON.stringify(name)}:` }
}

function textOf(fields: readonly Field[]): string {
  let text = ''
  for (let at = 0; at < fields.length; at++) {
    const { start, text: next } = fields[at]!
    text += at === 0 ? start + next() : `,${start}${next()}`
  }
  return text
}

/** @param above of what it stands in, and its own path */
function partOf(reader: PartReader, tree: SchemaTree, above: Above): Part {
  if (tree.element.repetition_type === 'REPEATED')
    return listOf(above, above.definition, (inner) => bareOf(reader, tree, inner))
  const isOptional = tree.element.repetition_type === 'OPTIONAL'
  return bareOf(reader, tree, { ...above, definition: above.definition + (isOptional ? 1 : 0) })
}

/** @param own its levels, with what it is itself: optional, or one of a list */
function bareOf(reader: PartReader, tree: SchemaTree, own: Above): Part {
  if (own.definition > MOST_LEVELS)
    throw new ColumnError(`column ${tree.path.join('.')} stands in more than ${MOST_LEVELS} others`)
  if (tree.children.length === 0) {
    const column = reader.column(tree, own)
    return { columns: [column], text: () => column.text() }
  }
  const repeated = repeatedOf(tree)
  if (repeated && isMap(tree) && repeated.children.length === 2) return mapOf(reader, repeated, own)
  if (repeated && isList(tree))
    return listOf(own, own.definition, (inner) => {
      const element = elementOf(tree, repeated)
      return element ? partOf(reader, element, inner) : bareOf(reader, repeated, inner)
    })
  return groupOf(reader, tree, own)
}

function groupOf(reader: PartReader, tree: SchemaTree, own: Above): Part {
  const fields = fieldsOf(reader, tree, own)
  const columns = fields.flatMap((field) => field.columns)
  return whereThere(columns, own.definition, () => `{${textOf(fields)}}`)
}

/** @param definition of the list itself */
function listOf(above: Above, definition: number, itemOf: (inner: Above) => Part): Part {
  let index = 0
  const inner = innerOf(above, definition, () => `${above.path()}/${index}`)
  const { columns, text: item } = itemOf(inner)
  return whereThere(columns, definition, () => {
    const [first] = columns
    if (first!.definition < inner.definition) return nothing(columns, '[]')
    index = 0
    let text = `[${item()}`
    while (first!.repetition === inner.repetition) {
      index++
      text += `,${item()}`
    }
    for (const { repetition, name } of columns) checkEnd(repetition, inner.repetition - 1, name)
    return `${text}]`
  })
}

function mapOf(reader: PartReader, repeated: SchemaTree, own: Above): Part {
  let name = ''
  const inner = innerOf(own, own.definition, () => `${own.path()}/${name}`)
  const [keys, values] = repeated.children
  const key = partOf(reader, keys!, inner)
  const value = partOf(reader, values!, inner)
  const columns = [...key.columns, ...value.columns]
  return whereThere(columns, own.definition, () => {
    const [first] = columns
    if (first!.definition < inner.definition) return nothing(columns, '{}')
    // of equal names the last one counts, as in JSON
    const entries = new Map<string, string>()
    do {
      const text = key.text()
      // a name is text: JSON text as it is, another value by its text
      name = text.startsWith('"') ? (JSON.parse(text) as string) : text
      entries.set(name, value.text())
    } while (first!.repetition === inner.repetition)
    for (const { repetition, name: column } of columns) checkEnd(repetition, inner.repetition - 1, column)
    return `{${[...entries].map(([each, text]) => `${JSON.stringify(each)}:${text}`).join(',')}}`
  })
}

function innerOf({ repetition }: Above, definition: number, path: () => string): Above {
  return { definition: definition + 1, repetition: repetition + 1, path }
}

/** Null where what a part is in is there, and it is not. */
function whereThere(columns: readonly ParquetColumn[], definition: number, text: () => string): Part {
  const first = columns[0]
  if (definition === 0 || !first) return { columns, text }
  return { columns, text: () => (first.definition < definition ? nothing(columns, 'null') : text()) }
}

function nothing(columns: readonly ParquetColumn[], text: string): string {
  for (const column of columns) column.pass()
  return text
}

function checkEnd(repetition: number, most: number, name: string): void {
  if (repetition > most) throw new ColumnError(`column ${name} has more values in a row than others`)
}

/** What a group consists of, where that is repeated. */
function repeatedOf({ children: [child, second] }: SchemaTree): SchemaTree | undefined {
  return child?.element.repetition_type === 'REPEATED' && !second ? child : undefined
}

function isList({ element: { converted_type: converted, logical_type: logical } }: SchemaTree): boolean {
  return converted === 'LIST' || logical?.type === 'LIST'
}

function isMap({ element: { converted_type: converted, logical_type: logical } }: SchemaTree): boolean {
  return converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical?.type === 'MAP'
}

/**
 * What stands in a list: the only child of what is repeated, or, as older writers have it, what is repeated itself (parquet-format,
 * LogicalTypes.md, "Backward-compatibility rules" of lists).
 */
function elementOf(list: SchemaTree, { element: { name }, children }: SchemaTree): SchemaTree | undefined {
  const isItself = name === 'array' || name === `${list.element.name}_tuple`
  return children.length === 1 && !isItself ? children[0] : undefined
}
