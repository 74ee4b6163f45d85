import type { IncomingHttpHeaders } from 'node:http'
import {
  isArray,
  isObject,
  pointer,
  toJsonText,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'
import { CloudEvent, ValidationError } from 'cloudevents'
import { fault, type Candidate, type Candidates, type Fault, type NoCandidate } from './candidate.ts'
import { parse } from './split-events.ts'
import { MOST_ATTRIBUTES, tooManyAttributes } from './unfit-attribute.ts'

/** Whether the headers say that the body is the data of a CloudEvent (binary mode). */
export function isBinary(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined
}

/** Binary mode: the attributes are headers, the body is the event. */
export function binary(headers: IncomingHttpHeaders, body: Buffer, type?: string): Candidate | NoCandidate {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    // values that HTTP cannot hold as they are come percent-encoded (CloudEvents HTTP binding 3.1.3.2)
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name.slice(3)] = decoded(value)
  }
  return candidateOf(attributes, body, type)
}

/** Structured mode: attributes and data are one JSON object. */
export function structured(body: Buffer, type?: string): Candidate | NoCandidate {
  const parsed = parse(body)
  return parsed.outcome === 'fault' ? parsed : ofJson(parsed.value, type)
}

/** Batch mode: an array of structured events. */
export function batch(body: Buffer, type?: string): Candidates {
  const parsed = parse(body)
  if (parsed.outcome === 'fault') return { count: 1, each: [parsed] }
  const { value } = parsed
  if (!isArray(value))
    return { count: 1, each: [{ faults: [fault('', 'type', 'a batch of CloudEvents is a JSON array')] }] }
  return { count: value.length, each: value.values().map((each) => ofJson(each, type)) }
}

function ofJson(value: JsonValue, type: string | undefined): Candidate | NoCandidate {
  if (!isObject(value)) return { faults: [fault('', 'type', 'a CloudEvent is a JSON object')] }
  const { data, data_base64: base64, ...rest } = value
  // an attribute that is null is not set (CloudEvents JSON format 2.2)
  const attributes = Object.fromEntries(Object.entries(rest).filter(([, each]) => each !== null))
  const nested = Object.entries(attributes).find(([, each]) => isObject(each) || isArray(each))
  if (nested) {
    const [name, found] = nested
    const message = 'an attribute of a CloudEvent is a text, a whole number or a boolean'
    return { faults: [fault(pointer('', name), 'type', message, toJsonText(found))] }
  }
  if (data !== undefined && base64 !== undefined)
    return { faults: [fault('/data', 'not', 'a CloudEvent has data or data_base64, not both')] }
  if (typeof base64 === 'string') return candidateOf(attributes, Buffer.from(base64, 'base64'), type)
  if (data === undefined)
    return { faults: [fault('/data', 'required', 'the field is missing: it holds the event')] }
  return candidateOf(attributes, Buffer.from(toJsonText(data)), type)
}

/** CloudEvents attributes that the message has by other names. */
const OWN = new Set(['specversion', 'id', 'type', 'source', 'time', 'datacontenttype'])

function candidateOf(
  attributes: JsonObject,
  bytes: Buffer,
  door: string | undefined,
): Candidate | NoCandidate {
  const count = Object.keys(attributes).length
  if (count > MOST_ATTRIBUTES) return { faults: [tooManyAttributes(count)] }
  const contentType = attributes['datacontenttype']
  if (contentType !== undefined && !isJson(contentType)) {
    const message = 'the data of an event is JSON'
    return { faults: [fault('/datacontenttype', 'const', message, toJsonText(contentType))] }
  }
  // the library makes up what is missing
  const missing = REQUIRED.filter((name) => typeof attributes[name] !== 'string' || attributes[name] === '')
  if (missing.length > 0) {
    const message = 'a CloudEvent needs this attribute, a text that is not empty'
    return {
      faults: missing.map((name) =>
        fault(`/${name}`, 'required', message, toJsonText(attributes[name] ?? '')),
      ),
    }
  }
  if (attributes['specversion'] !== VERSION) {
    const message = `must be "${VERSION}": of other versions of CloudEvents nothing is known here`
    return { faults: [fault('/specversion', 'const', message, toJsonText(attributes['specversion'] ?? ''))] }
  }
  const extensions = Object.entries(attributes).filter(([name]) => !SPECIFIED.has(name))
  const unfit = extensions.map(([name, value]) => unfitExtension(name, value)).find((each) => each)
  if (unfit) return { faults: [unfit] }
  let checked: CloudEvent
  try {
    // an extension may have the name of a method of the library's, or of what it keeps there itself
    const specified = Object.entries(attributes).filter(([name]) => SPECIFIED.has(name))
    checked = new CloudEvent({ ...Object.fromEntries(specified), data: undefined })
  } catch (error) {
    return { faults: [asFault(error)] }
  }
  const { id, type, source, time } = checked
  if (door !== undefined && type !== door) {
    const message = `must be "${door}", as the event comes by the door of this type`
    return { faults: [fault('/type', 'const', message, toJsonText(type))] }
  }
  const others = Object.entries(attributes).filter(([name]) => !OWN.has(name))
  const more = Object.fromEntries(others.map(([name, value]) => [`ce-${name}`, textOf(value)]))
  return { bytes, id, type, source, time, attributes: more }
}

const VERSION = '1.0'
const REQUIRED = ['specversion', 'id', 'source', 'type']
/** What CloudEvents 1.0 itself says of (attributes). */
const SPECIFIED = new Set([...REQUIRED, 'time', 'subject', 'dataschema', 'datacontenttype'])
const EXTENSION = /^[a-z0-9]+$/

/** CloudEvents 1.0: names of attributes, and the type system. */
function unfitExtension(name: string, value: JsonValue): Fault | undefined {
  if (!EXTENSION.test(name))
    return fault(pointer('', name), 'cloudevent', `invalid extension name: ${name} is no word of a-z and 0-9`)
  const isFit = typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value)
  if (isFit || typeof value === 'bigint') return undefined
  const message = 'invalid extension value: it is a text, a whole number or a boolean'
  return fault(pointer('', name), 'cloudevent', message, toJsonText(value))
}

function asFault(error: unknown): Fault {
  if (!(error instanceof ValidationError)) throw error
  const details = error.errors?.map((each) => (typeof each === 'string' ? each : (each.message ?? ''))) ?? []
  return fault('', 'cloudevent', [error.message, ...details].join('; '))
}

function isJson(contentType: JsonValue): boolean {
  return typeof contentType === 'string' && /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : toJsonText(value)
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
