import { fromMap, isOnMap, toMap } from './edges.ts'
import {
  degrees,
  elsewhere,
  EMPTY,
  lineOf,
  position,
  shapeOf,
  type Geography,
  type Position,
} from './geography.ts'

const TYPES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
]

/** Reads the geometry of a GeoJSON text (RFC 7946). @throws Error that names the function and what is wrong */
export function readGeoJson(name: string, text: string): Geography {
  const wrong = (why: string) => new Error(`${name} failed: Invalid GeoJSON: ${why}`)
  let geometry: {
    readonly type?: unknown
    readonly coordinates?: unknown
    readonly geometries?: unknown
  } | null
  try {
    geometry = JSON.parse(text) as typeof geometry
  } catch (error) {
    throw wrong((error as Error).message)
  }
  const { type, coordinates, geometries } = geometry ?? {}
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw wrong(`the type is no geometry: ${JSON.stringify(type)}`)
  const parts = type === 'GeometryCollection' ? geometries : coordinates
  if (!Array.isArray(parts))
    throw wrong(`a ${type} has ${type === 'GeometryCollection' ? 'geometries' : 'coordinates'}`)
  if (parts.length === 0) return EMPTY
  const positionOf = (pair: unknown): Position => {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((each) => typeof each === 'number'))
      throw wrong(`a position is two numbers: ${JSON.stringify(pair)}`)
    return position(name, pair[0] as number, pair[1] as number)
  }
  if (type === 'Point') return { kind: 'POINT', at: positionOf(parts) }
  if (type !== 'LineString') return { kind: 'OTHER', shape: type.toUpperCase() }
  return lineOf(name, withPoints(name, parts.map(positionOf), fromMap))
}

/** @throws Error for a line around the edge of the map */
function withPoints(
  name: string,
  [first, ...others]: readonly Position[],
  behind: (a: Position, b: Position) => readonly Position[],
): readonly Position[] {
  const points = [first!, ...others]
  if (!isOnMap(points)) throw elsewhere(name, 'LINESTRING around the edge of the map')
  return [first!, ...others.flatMap((point, index) => behind(points[index]!, point))]
}

const pair = (at: Position): string => `[${at.map(degrees).join(', ')}]`

/** GeoJSON, as BigQuery writes it. @throws Error for what has areas or parts, and a line around the edge of the map */
export function writeGeoJson(name: string, geography: Geography): string {
  switch (geography.kind) {
    case 'EMPTY':
      return '{ "type": "GeometryCollection", "geometries": [] } '
    case 'POINT':
      return `{ "type": "Point", "coordinates": ${pair(geography.at)} } `
    case 'LINESTRING':
      return `{ "type": "LineString", "coordinates": [ ${withPoints(name, geography.points, toMap).map(pair).join(', ')} ] } `
    default:
      throw elsewhere(name, shapeOf(geography))
  }
}
