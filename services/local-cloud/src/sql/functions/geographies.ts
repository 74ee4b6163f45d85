import { fail } from '../fail.ts'
import { signatures, type Template } from './signature.ts'

/** Each function of DuckDB takes the name that GoogleSQL has for what is asked, for its messages. */
const of =
  (maker: string, name: string): Template =>
  (args) =>
    `${maker}('${name}', ${args.join(', ')})`

/** The last argument says whether to measure on the spheroid, of which BigQuery takes FALSE alone, but for ST_DISTANCE. */
const onSphere =
  (maker: string, name: string): Template =>
  (args) => {
    const [spheroid, ...others] = args.toReversed()
    const refused = fail(
      name === 'ST_DISTANCE'
        ? `'local-cloud does not support ${name} with use_spheroid TRUE'`
        : `'${name}: use_spheroid takes FALSE alone'`,
      maker === 'geography_within' ? 'BOOLEAN' : 'DOUBLE',
    )
    return `(CASE WHEN ${spheroid} THEN ${refused} WHEN ${spheroid} IS NULL THEN NULL ELSE ${maker}('${name}', ${others.toReversed().join(', ')}) END)`
  }

const each = (
  names: string,
  pattern: (name: string) => string,
  maker: string,
): Readonly<Record<string, Template>> =>
  Object.fromEntries(names.split(' ').map((name) => [pattern(name), of(maker, name)]))

/** GEOGRAPHY functions of points, and of lines where they are reckoned without rules of BigQuery's own. */
export const GEOGRAPHIES = signatures({
  'ST_GEOGPOINT(FLOAT64, FLOAT64) GEOGRAPHY': of('geography_point', 'ST_GEOGPOINT'),
  ...each(
    'ST_GEOGFROMTEXT ST_GEOGFROMGEOJSON ST_GEOGFROMWKB ST_GEOGFROM ST_GEOGPOINTFROMGEOHASH',
    (name) => `${name}(STRING) GEOGRAPHY`,
    'geography_text',
  ),
  ...each('ST_GEOGFROMWKB ST_GEOGFROM', (name) => `${name}(BYTES) GEOGRAPHY`, 'geography_binary'),
  ...each('ST_ASTEXT ST_ASGEOJSON ST_GEOMETRYTYPE', (name) => `${name}(GEOGRAPHY) STRING`, 'geography_text'),
  ...each(
    'ST_CENTROID ST_STARTPOINT ST_ENDPOINT',
    (name) => `${name}(GEOGRAPHY) GEOGRAPHY`,
    'geography_text',
  ),
  ...each(
    'ST_X ST_Y ST_LENGTH ST_AREA ST_PERIMETER',
    (name) => `${name}(GEOGRAPHY) FLOAT64`,
    'geography_number',
  ),
  ...Object.fromEntries(
    ['ST_LENGTH', 'ST_AREA', 'ST_PERIMETER'].map((name) => [
      `${name}(GEOGRAPHY, BOOL) FLOAT64`,
      onSphere('geography_number', name),
    ]),
  ),
  ...each(
    'ST_DIMENSION ST_NUMPOINTS ST_NPOINTS ST_NUMGEOMETRIES',
    (name) => `${name}(GEOGRAPHY) INT64`,
    'geography_count',
  ),
  ...each(
    'ST_ISEMPTY ST_ISCOLLECTION ST_ISCLOSED ST_ISRING',
    (name) => `${name}(GEOGRAPHY) BOOL`,
    'geography_is',
  ),
  ...each(
    'ST_DISTANCE ST_MAXDISTANCE ST_AZIMUTH',
    (name) => `${name}(GEOGRAPHY, GEOGRAPHY) FLOAT64`,
    'geography_measure',
  ),
  'ST_DISTANCE(GEOGRAPHY, GEOGRAPHY, BOOL) FLOAT64': onSphere('geography_measure', 'ST_DISTANCE'),
  'ST_MAXDISTANCE(GEOGRAPHY, GEOGRAPHY, BOOL) FLOAT64': onSphere('geography_measure', 'ST_MAXDISTANCE'),
  'ST_ANGLE(GEOGRAPHY, GEOGRAPHY, GEOGRAPHY) FLOAT64': of('geography_angle', 'ST_ANGLE'),
  ...each(
    'ST_EQUALS ST_INTERSECTS ST_DISJOINT ST_COVERS ST_COVEREDBY ST_CONTAINS ST_WITHIN ST_TOUCHES',
    (name) => `${name}(GEOGRAPHY, GEOGRAPHY) BOOL`,
    'geography_compare',
  ),
  'ST_DWITHIN(GEOGRAPHY, GEOGRAPHY, FLOAT64) BOOL': of('geography_within', 'ST_DWITHIN'),
  'ST_DWITHIN(GEOGRAPHY, GEOGRAPHY, FLOAT64, BOOL) BOOL': onSphere('geography_within', 'ST_DWITHIN'),
  'ST_MAKELINE(GEOGRAPHY, GEOGRAPHY) GEOGRAPHY': `geography_line('ST_MAKELINE', [$1, $2])`,
  'ST_MAKELINE(ARRAY<GEOGRAPHY>) GEOGRAPHY': of('geography_line', 'ST_MAKELINE'),
  'ST_POINTN(GEOGRAPHY, INT64) GEOGRAPHY': of('geography_nth', 'ST_POINTN'),
  'ST_GEOHASH(GEOGRAPHY) STRING': `geography_hash('ST_GEOHASH', $1, 20)`,
  'ST_GEOHASH(GEOGRAPHY, INT64) STRING': of('geography_hash', 'ST_GEOHASH'),
})
