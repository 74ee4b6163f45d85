/** `jobs.query` takes 10 MB; what stands beside the parameters is the text of the query, 1 MB at most. */
const ELEMENT = '{"value":},'.length

/** Bytes that an element of a parameter takes in a request. */
export function bytesOf(element: string | number): number {
  return Buffer.byteLength(JSON.stringify(String(element))) + ELEMENT
}
