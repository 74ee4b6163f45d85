/** SQL about a row of the record or of the dead letters, whose attributes are JSON: an attribute, or NULL. */
export const attribute = (name: string): string => `JSON_VALUE(attributes, '$."${name}"')`

/** Its bytes as text; NULL where they are none. */
const TEXT = 'SAFE_CONVERT_BYTES_TO_STRING(data)'

/** The id that its bytes tell. */
export const OWN_ID = `SAFE.JSON_VALUE(${TEXT}, '$.event_id')`

/** Whether its bytes have this text somewhere. @param text SQL */
export const holds = (text: string): string => `STRPOS(${TEXT}, ${text}) > 0`
