import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  LIST,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import {
  angleOf,
  compare,
  COUNTS,
  hashOf,
  isWithin,
  makeLine,
  MEASURES,
  nth,
  NUMBERS,
  pointText,
  TESTS,
  TEXTS,
} from '../geography/functions.ts'
import { readBinary } from '../geography/well-known-binary.ts'
import { readText, writeText } from '../geography/well-known-text.ts'
import { bytesOf } from './bytes.ts'
import { scalarFunction, type Value } from './scalar-function.ts'

/** Geography functions (sql/geography). A GEOGRAPHY is well-known text. Each is called with the name that GoogleSQL has for it. */
export function geographyFunctions(): DuckDBScalarFunction[] {
  const geography = (name: Value, text: Value) => readText(name as string, text as string)
  return [
    scalarFunction('geography_point', [VARCHAR, DOUBLE, DOUBLE], VARCHAR, (name, longitude, latitude) =>
      pointText(name as string, longitude as number, latitude as number),
    ),
    scalarFunction('geography_text', [VARCHAR, VARCHAR], VARCHAR, (name, text) =>
      TEXTS[name as string]!(name as string, text as string),
    ),
    scalarFunction('geography_binary', [VARCHAR, BLOB], VARCHAR, (name, bytes) =>
      writeText(name as string, readBinary(name as string, bytesOf(bytes))),
    ),
    scalarFunction('geography_number', [VARCHAR, VARCHAR], DOUBLE, (name, text) =>
      NUMBERS[name as string]!(name as string, geography(name, text)),
    ),
    scalarFunction('geography_count', [VARCHAR, VARCHAR], BIGINT, (name, text) =>
      BigInt(COUNTS[name as string]!(name as string, geography(name, text))),
    ),
    scalarFunction('geography_is', [VARCHAR, VARCHAR], BOOLEAN, (name, text) =>
      TESTS[name as string]!(name as string, geography(name, text)),
    ),
    scalarFunction('geography_measure', [VARCHAR, VARCHAR, VARCHAR], DOUBLE, (name, a, b) =>
      MEASURES[name as string]!(name as string, geography(name, a), geography(name, b)),
    ),
    scalarFunction('geography_angle', [VARCHAR, VARCHAR, VARCHAR, VARCHAR], DOUBLE, (name, ...texts) =>
      angleOf(
        name as string,
        texts.map((text) => geography(name, text)),
      ),
    ),
    scalarFunction('geography_compare', [VARCHAR, VARCHAR, VARCHAR], BOOLEAN, (name, a, b) =>
      compare(name as string, geography(name, a), geography(name, b)),
    ),
    scalarFunction('geography_within', [VARCHAR, VARCHAR, VARCHAR, DOUBLE], BOOLEAN, (name, a, b, most) =>
      isWithin(name as string, geography(name, a), geography(name, b), most as number),
    ),
    scalarFunction('geography_line', [VARCHAR, LIST(VARCHAR)], VARCHAR, (name, list) => {
      const { items } = list as DuckDBListValue
      return items.includes(null) ? null : makeLine(name as string, items as string[])
    }),
    scalarFunction('geography_nth', [VARCHAR, VARCHAR, BIGINT], VARCHAR, (name, text, place) =>
      nth(name as string, geography(name, text), Number(place)),
    ),
    scalarFunction('geography_hash', [VARCHAR, VARCHAR, BIGINT], VARCHAR, (name, text, letters) =>
      hashOf(name as string, geography(name, text), Number(letters)),
    ),
  ]
}
