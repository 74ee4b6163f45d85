import { isLegalColumnName, pointer, SYSTEM_COLUMNS, type JsonSchema } from '@tablestream/table-schema'
import { ANNOTATIONS, isAnnotation, KEYWORDS, wrongValueOf } from './schema-keywords.ts'
import { alternative, isGiven, typesOf, withoutNull, type Given } from './shorter-schema.ts'

/** One thing in a JSON Schema that no contract can be made of. */
export interface SchemaProblem {
  /** JSON pointer to it. */
  readonly at: string
  readonly what: string
}

export interface ReadSchema {
  /** In the words that the judge, the columns and stream-writer know; undefined where there is none to be made of it. */
  readonly schema: JsonSchema | undefined
  readonly problems: readonly SchemaProblem[]
}

/** What a schema says of one value. */
interface Read {
  readonly schema: JsonSchema
  /** null is absence to a contract: a field that may be null is not required. */
  readonly isNullable: boolean
}

const ALL_KEYWORDS = new Set(Object.values(KEYWORDS).flat())

/** BigQuery's limit of records in records (docs: "Specify nested and repeated columns"). */
const DEEPEST = 15

const SYSTEM_NAMES = new Set(
  SYSTEM_COLUMNS.filter(({ name, key }) => name !== key).map(({ name }) => name.toLowerCase()),
)

/**
 * Reads a JSON Schema as a contract: local references are put in, and what says that a value may be null is taken for a field that is not
 * required. What asks for something that the judge cannot tell of one field, or for a value that no column holds, is a problem.
 */
export function readSchema(document: unknown): ReadSchema {
  const problems: SchemaProblem[] = []
  const read = new SchemaReader(document, problems).read(document, '', { depth: 0, within: [] })
  if (read && read.schema.type !== 'object')
    problems.push({ at: '/type', what: 'must be "object": an event is one' })
  return { schema: problems.length === 0 ? read?.schema : undefined, problems }
}

interface Place {
  /** Records around it. */
  readonly depth: number
  /** References that are being followed. */
  readonly within: readonly string[]
}

class SchemaReader {
  readonly #root: unknown
  readonly #problems: SchemaProblem[]

  constructor(root: unknown, problems: SchemaProblem[]) {
    this.#root = root
    this.#problems = problems
  }

  read(given: unknown, at: string, place: Place): Read | undefined {
    if (!isGiven(given))
      return this.#refuse(
        at,
        `is no schema of a column, but ${shown(given)}: leave the field out to have it inferred`,
      )
    if ('$ref' in given) return this.#follow(given, at, place)
    for (const keyword of ['anyOf', 'oneOf']) {
      const other = alternative(given, keyword)
      if (other === undefined) continue
      if ('values' in other)
        return { schema: { ...kept(given), type: 'string', enum: other.values }, isNullable: false }
      const read = this.read(other.schema, pointer(pointer(at, keyword), other.index), place)
      return read && { schema: { ...kept(given), ...read.schema }, isNullable: true }
    }
    return this.#readTyped(given, at, place)
  }

  #readTyped(given: Given, at: string, place: Place): Read | undefined {
    const types = typesOf(given)
    const [type, ...others] = types.filter((each) => each !== 'null')
    if (type === undefined && !('type' in given)) {
      const odd = Object.keys(given).find((key) => !isAnnotation(key) && !ALL_KEYWORDS.has(key))
      if (odd !== undefined)
        return this.#refuse(pointer(at, odd), 'is not supported: a contract asks one thing of one field')
      return this.#refuse(at, 'needs a type, as a column has one: leave the field out to have it inferred')
    }
    if (typeof type !== 'string' || others.length > 0 || !Object.hasOwn(KEYWORDS, type))
      return this.#refuse(
        pointer(at, 'type'),
        `must be one of ${Object.keys(KEYWORDS).join(', ')}, and "null" beside it at most, but is ${shown(given['type'])}`,
      )
    const rules = this.#rulesOf(given, at, type)
    const schema = { ...kept(given), type, ...rules } as JsonSchema
    const isNullable =
      types.includes('null') || (Array.isArray(given['enum']) && given['enum'].includes(null))
    if (type === 'object') return { schema: { ...schema, ...this.#readFields(given, at, place) }, isNullable }
    if (type !== 'array') return { schema, isNullable }
    const items = this.#readItems(given, at, place)
    return items && { schema: { ...schema, items }, isNullable }
  }

  /** The keywords of a type whose values are no schemas. */
  #rulesOf(given: Given, at: string, type: string): Given {
    const known = KEYWORDS[type]!
    const rules: [string, unknown][] = []
    for (const [keyword, value] of Object.entries(given)) {
      if (keyword === 'type' || isAnnotation(keyword)) continue
      if (!known.includes(keyword)) {
        this.#refuse(
          pointer(at, keyword),
          `is not supported: of ${article(type)} a contract knows ${known.join(', ')}`,
        )
        continue
      }
      const wrong = wrongValueOf(keyword, value, type)
      if (wrong !== undefined) this.#refuse(pointer(at, keyword), `${wrong}, but is ${shown(value)}`)
      rules.push([keyword, keyword === 'enum' && wrong === undefined ? withoutNull(value) : value])
    }
    return Object.fromEntries(rules)
  }

  #readFields(
    given: Given,
    at: string,
    { depth, within }: Place,
  ): Pick<JsonSchema, 'properties' | 'required'> {
    const properties: Record<string, JsonSchema> = {}
    const nullable = new Set<string>()
    const fields = Object.entries(isGiven(given['properties']) ? given['properties'] : {})
    const place = pointer(at, 'properties')
    if (fields.length === 0)
      this.#refuse(place, 'must name a field: leave the object out to have its columns inferred')
    if (depth > DEEPEST) this.#refuse(at, `is nested deeper than the ${DEEPEST} records that BigQuery takes`)
    const names = new Set(depth === 0 ? SYSTEM_NAMES : [])
    for (const [name, field] of depth > DEEPEST ? [] : fields) {
      const where = pointer(place, name)
      if (!isLegalColumnName(name) || names.has(name.toLowerCase()))
        this.#refuse(
          where,
          'cannot be the name of a column, or is one already: leave the field out, and it gets another one',
        )
      names.add(name.toLowerCase())
      const read = this.read(field, where, { depth: depth + 1, within })
      if (!read) continue
      properties[name] = read.schema
      if (read.isNullable) nullable.add(name)
    }
    const required = Array.isArray(given['required']) ? (given['required'] as string[]) : []
    return { properties, required: required.filter((name) => !nullable.has(name)) }
  }

  #readItems(given: Given, at: string, place: Place): JsonSchema | undefined {
    const read = this.read(given['items'], pointer(at, 'items'), place)
    if (read?.schema.type === 'array')
      return this.#refuse(
        pointer(at, 'items'),
        'is an array in an array, which no column holds: leave the field out',
      )
    return read?.schema
  }

  #follow(given: Given, at: string, { depth, within }: Place): Read | undefined {
    const reference = given['$ref']
    const where = pointer(at, '$ref')
    const [beside] = Object.keys(given).filter((key) => key !== '$ref' && !isAnnotation(key))
    if (beside !== undefined) return this.#refuse(pointer(at, beside), 'is not supported beside $ref')
    if (typeof reference !== 'string' || !reference.startsWith('#/'))
      return this.#refuse(
        where,
        `must point into this file, as #/$defs/name does, but is ${shown(reference)}`,
      )
    if (within.includes(reference))
      return this.#refuse(where, `comes back to ${reference}, and a column has an end`)
    const path = decoded(reference.slice(1))
    const target = path === undefined ? undefined : valueAt(this.#root, path)
    if (path === undefined || target === undefined)
      return this.#refuse(where, `points to ${reference}, where nothing is`)
    const read = this.read(target, path, { depth, within: [...within, reference] })
    return read && { ...read, schema: { ...read.schema, ...kept(given) } }
  }

  #refuse(at: string, what: string): undefined {
    // what is referred to twice is told of once
    if (!this.#problems.some((problem) => problem.at === at)) this.#problems.push({ at, what })
    return undefined
  }
}

/** What people read, of a schema. */
function kept(given: Given): JsonSchema {
  return Object.fromEntries(Object.entries(given).filter(([key]) => ANNOTATIONS.includes(key)))
}

/** A reference is a URL: what a URL does not hold stands in it by its bytes. */
function decoded(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return undefined
  }
}

function valueAt(root: unknown, path: string): unknown {
  let at = root
  for (const step of path.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Given)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return at
}

const article = (type: string): string => (/^[aio]/.test(type) ? `an ${type}` : `a ${type}`)
const MOST_SHOWN = 60
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
