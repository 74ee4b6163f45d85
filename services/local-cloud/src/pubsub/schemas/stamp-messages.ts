import { GoogleError } from '../../google-error.ts'
import { attributeField, dataOf } from '../messages/message.ts'
import { bodiesOf, type Bodies } from '../messages/published.ts'
import type { SchemaSettings } from '../resources/schema-revision.ts'
import type { Schemas } from './schemas.ts'

/**
 * The bodies with the attributes by which a subscriber knows the schema that they fit.
 *
 * @throws GoogleError INVALID_ARGUMENT where one of them fits no revision that the topic allows
 */
export function stampMessages({ bytes, places }: Bodies, settings: SchemaSettings, schemas: Schemas): Bodies {
  const bodies: Buffer[] = []
  for (let at = 0; at < places.length; at += 2) bodies.push(bytes.subarray(places[at], places[at + 1]))
  const stamped = bodies.map((body) => {
    const revision = schemas.accepting(settings, dataOf(body))
    if (revision === undefined) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid data in message: Message failed schema validation (schema=${settings.schema}).`,
      )
    }
    return Buffer.concat([
      body,
      attributeField('googclient_schemaname', settings.schema),
      attributeField('googclient_schemaencoding', settings.encoding),
      attributeField('googclient_schemarevisionid', revision),
    ])
  })
  return bodiesOf(stamped)
}
