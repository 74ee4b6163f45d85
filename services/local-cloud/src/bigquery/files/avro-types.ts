import avro, { type Schema, type Type } from 'avsc'

/** 64 bits, which numbers of JavaScript do not hold: a BigInt. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** The library's type for a schema. A value of a union stands in an object, by the name of its branch: `{long: 1n}`. */
export function avroType(schema: unknown): Type {
  const isLong = (each: unknown) => each === 'long' || (each as { type?: unknown }).type === 'long'
  const typeHook = (each: Schema) => (isLong(each) ? LONG : undefined)
  return avro.Type.forSchema(schema as Schema, { typeHook, wrapUnions: 'always' } as object)
}

/** The name of a union's branch that is not null. */
export function branchOf(type: unknown): string {
  const {
    type: name,
    name: own,
    namespace,
  } = (typeof type === 'string' ? { type } : type) as {
    type: string
    name?: string
    namespace?: string
  }
  if (own === undefined) return name
  return namespace === undefined ? own : `${namespace}.${own}`
}

/** What a union may be besides null; another type is that itself. */
export function besidesNull(type: unknown): unknown {
  return Array.isArray(type) ? (type as unknown[]).find((each) => each !== 'null') : type
}
