/** A value that JSON has no text for, or that is none of its type: its record is broken, and the file is not. */
export class Unwritable extends Error {}

/** @throws Unwritable: JSON has no such number */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) throw new Unwritable(`${value} is a number that JSON does not have`)
  return Object.is(value, -0) ? '-0.0' : String(value)
}

/** Characters that stand in JSON as they are. */
export const PLAIN = /^[ !#-[\]-~]*$/

/** Writes the fields of a record, and where one cannot be written, says which. */
export type WriteText = (value: unknown) => string

/** @throws Unwritable that names the path */
export function writeField(write: WriteText, name: string, value: unknown): string {
  try {
    return write(value)
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error
    const path = `/${name}${error.message.startsWith('/') ? error.message : `: ${error.message}`}`
    throw new Unwritable(path, { cause: error })
  }
}

/** JSON that a person may read, of a record that JSON cannot hold: what stands in its dead letter. */
export function asFarAsPossible(value: unknown): Buffer {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, each: unknown) {
    // a Buffer comes as the list of its numbers, four times as long
    const own = this[key]
    if (own instanceof Uint8Array) return Buffer.from(own).toString('base64')
    if (typeof each === 'bigint') return each.toString()
    if (typeof each === 'number' && !Number.isFinite(each)) return String(each)
    return each
  })
  return Buffer.from(text ?? '')
}
