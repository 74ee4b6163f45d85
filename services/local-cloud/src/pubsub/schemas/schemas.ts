import { randomBytes } from 'node:crypto'
import { GoogleError } from '../../google-error.ts'
import { checkName, idOf } from '../resources/names.ts'
import { alreadyThere, inProject, notFound } from '../resources/resource-errors.ts'
import type { Saver } from '../resources/saver.ts'
import type { Checker } from './checker.ts'
import { parseDefinition } from './definition.ts'
import type { SavedSchema, SchemaRevision, SchemaSettings, SchemaType } from '../resources/schema-revision.ts'

interface Revision extends SchemaRevision {
  readonly checker: Checker
}

interface Schema {
  readonly name: string
  revisions: readonly Revision[]
}

export interface SchemaOptions {
  readonly now: () => number
  readonly saver: Saver
  /** Told of each schema that goes. @returns what takes it back */
  readonly deleting: (name: string) => () => void
}

/** A revision with the name of its schema. */
export type Described = SchemaRevision & { readonly name: string }

// cloud.google.com/pubsub/quotas
const MOST_REVISIONS = 20

/** What data of messages may look like. */
export class Schemas {
  readonly #options: SchemaOptions
  readonly #all = new Map<string, Schema>()

  constructor(options: SchemaOptions) {
    this.#options = options
    options.saver.add(() => ({ schemas: [...this.#all.values()].map(saved) }))
  }

  create(name: string, type: SchemaType, definition: string): Described {
    checkName('schemas', name)
    const revision = this.#revision(type, definition, parseDefinition(type, definition))
    if (this.#all.has(name)) throw alreadyThere(name)
    const schema = { name, revisions: [revision] }
    this.#all.set(name, schema)
    this.#options.saver.saveOr(() => this.#all.delete(name))
    return described(schema, revision)
  }

  /** @param name of a schema, whose last revision it is then, or of a revision (`NAME@REVISION`) @throws GoogleError NOT_FOUND */
  get(name: string): Described {
    const [schema, revision] = this.#find(name)
    return described(schema, revision)
  }

  list(project: string): Described[] {
    return [...this.#all.values()]
      .filter(({ name }) => inProject(name, project))
      .map((schema) => described(schema, schema.revisions.at(-1)!))
  }

  /** The last one first. */
  revisions(name: string): Described[] {
    const [schema] = this.#find(name)
    return schema.revisions.map((revision) => described(schema, revision)).toReversed()
  }

  /** @throws GoogleError INVALID_ARGUMENT where it is of another type, or cannot live beside the revisions that are there */
  commit(name: string, type: SchemaType, definition: string): Described {
    const [schema] = this.#find(name)
    const checker = parseDefinition(type, definition)
    for (const before of schema.revisions) {
      try {
        if (before.type !== type) throw new Error(`its type is ${before.type}`)
        checker.compatibleWith(before.checker)
      } catch (error) {
        throw new GoogleError(
          'INVALID_ARGUMENT',
          `The revision is not compatible with revision ${before.revisionId}: ${(error as Error).message}.`,
          { cause: error },
        )
      }
    }
    return this.#append(schema, this.#revision(type, definition, checker))
  }

  /** A new revision that is as an earlier one was. */
  rollback(name: string, revisionId: string): Described {
    const [schema, { type, definition, checker }] = this.#find(`${plainName(name)}@${revisionId}`)
    return this.#append(schema, this.#revision(type, definition, checker))
  }

  /** @returns the last one that is left */
  deleteRevision(name: string): Described {
    const [schema, revision] = this.#find(name)
    if (!name.includes('@')) throw new GoogleError('INVALID_ARGUMENT', `"${name}" names no revision.`)
    if (schema.revisions.length === 1)
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `It is the only revision of its schema (resource=${idOf(name)}).`,
      )
    this.#change(
      schema,
      schema.revisions.filter((other) => other !== revision),
    )
    return described(schema, schema.revisions.at(-1)!)
  }

  delete(name: string): void {
    const [schema] = this.#find(name)
    this.#all.delete(name)
    const takeBack = this.#options.deleting(name)
    this.#options.saver.saveOr(() => {
      this.#all.set(name, schema)
      takeBack()
    })
  }

  /** @throws GoogleError NOT_FOUND where a topic's settings name what is not there */
  checkSettings({ schema: name, firstRevisionId, lastRevisionId }: SchemaSettings): void {
    for (const revision of [firstRevisionId, lastRevisionId])
      this.#find(revision ? `${name}@${revision}` : name)
  }

  /** The id of the last revision that takes the data, of those that the settings allow; undefined where none does. */
  accepting(settings: SchemaSettings, data: Buffer): string | undefined {
    const { schema: name, encoding, firstRevisionId, lastRevisionId } = settings
    const all = this.#all.get(name)?.revisions ?? []
    const first = all.findIndex(({ revisionId }) => revisionId === firstRevisionId)
    const last = all.findIndex(({ revisionId }) => revisionId === lastRevisionId)
    const allowed = all.slice(Math.max(0, first), last < 0 ? all.length : last + 1)
    return allowed.findLast(({ checker }) => fits(checker, data, encoding))?.revisionId
  }

  /** @throws GoogleError INVALID_ARGUMENT where the data do not fit the revision */
  validateMessage(name: string, data: Buffer, encoding: SchemaSettings['encoding']): void {
    const [, { checker }] = this.#find(name)
    checkData(checker, data, encoding)
  }

  restore(schemas: readonly SavedSchema[]): void {
    for (const { name, revisions } of schemas) {
      const read = revisions.map((one) => ({ ...one, checker: parseDefinition(one.type, one.definition) }))
      this.#all.set(name, { name, revisions: read })
    }
  }

  reset(): void {
    for (const name of this.#all.keys().toArray()) this.delete(name)
  }

  #find(name: string): [Schema, Revision] {
    const [, , , id = ''] = name.split('/')
    const [, revisionId] = id.split('@')
    const schema = this.#all.get(plainName(name))
    const revision = schema?.revisions.findLast(
      (one) => revisionId === undefined || one.revisionId === revisionId,
    )
    if (!schema || !revision) throw notFound(name)
    return [schema, revision]
  }

  #append(schema: Schema, revision: Revision): Described {
    if (schema.revisions.length >= MOST_REVISIONS)
      throw new GoogleError('FAILED_PRECONDITION', `A schema has ${MOST_REVISIONS} revisions at most.`)
    this.#change(schema, [...schema.revisions, revision])
    return described(schema, revision)
  }

  #change(schema: Schema, revisions: readonly Revision[]): void {
    const before = schema.revisions
    schema.revisions = revisions
    this.#options.saver.saveOr(() => {
      schema.revisions = before
    })
  }

  #revision(type: SchemaType, definition: string, checker: Checker): Revision {
    const revisionId = randomBytes(4).toString('hex')
    return { revisionId, createTime: this.#options.now(), type, definition, checker }
  }
}

/** @throws GoogleError INVALID_ARGUMENT */
export function checkData(checker: Checker, data: Buffer, encoding: SchemaSettings['encoding']): void {
  try {
    checker.check(data, encoding)
  } catch (error) {
    const why = (error as Error).message
    throw new GoogleError(
      'INVALID_ARGUMENT',
      `Invalid data in message: Message failed schema validation: ${why}.`,
      {
        cause: error,
      },
    )
  }
}

function fits(checker: Checker, data: Buffer, encoding: SchemaSettings['encoding']): boolean {
  try {
    checker.check(data, encoding)
    return true
  } catch {
    // why, is told by ValidateMessage: a publish is told only that no revision takes it, as at Google
    return false
  }
}

function plainName(name: string): string {
  return name.split('@')[0]!
}

function described({ name }: Schema, revision: Revision): Described {
  return { name, ...plain(revision) }
}

function plain({ revisionId, createTime, type, definition }: Revision): SchemaRevision {
  return { revisionId, createTime, type, definition }
}

function saved({ name, revisions }: Schema): SavedSchema {
  return { name, revisions: revisions.map(plain) }
}
