import { readGeoJson } from './geo-json.ts'
import { elsewhere, type Geography } from './geography.ts'
import { bytesOfHex, readBinary } from './well-known-binary.ts'
import { readText, writeText } from './well-known-text.ts'

type Format = 'GeoJSON' | 'WKB' | 'WKT'

/** Reads well-known text, well-known binary in hexadecimal digits, or GeoJSON. @throws Error that names the function and what is wrong */
export function readGeography(name: string, text: string): Geography {
  const format = formatOf(text)
  if (format === 'GeoJSON') return readGeoJson(name, text)
  return format === 'WKB' ? readBinary(name, bytesOfHex(name, text.trim())) : readText(name, text)
}

const formatOf = (text: string): Format =>
  /^\s*\{/.test(text) ? 'GeoJSON' : /^\s*0[01]/.test(text) ? 'WKB' : 'WKT'

/**
 * A GEOGRAPHY as a table keeps it: as BigQuery writes it, and well-known text of what has areas or parts as it was sent.
 *
 * @throws Error that says what is wrong
 */
export function keptText(text: string): string {
  const geography = readGeography('GEOGRAPHY', text)
  if (geography.kind !== 'OTHER') return writeText('GEOGRAPHY', geography)
  const format = formatOf(text)
  if (format !== 'WKT') throw elsewhere(format, geography.shape)
  return text
}
