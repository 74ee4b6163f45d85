import { geohash, middleOf } from './geohash.ts'
import { readGeoJson, writeGeoJson } from './geo-json.ts'
import {
  elsewhere,
  isSame,
  lineOf,
  oneOf,
  position,
  shapeOf,
  type Geography,
  type Position,
} from './geography.ts'
import { readGeography } from './read-geography.ts'
import { angle, azimuth, length, meters } from './sphere.ts'
import { bytesOfHex, readBinary } from './well-known-binary.ts'
import { readText, writeText } from './well-known-text.ts'

// Geography functions of points and lines, each by the name that GoogleSQL has for it. What has areas or parts is refused by name where
// its shape counts: BigQuery orders its points by rules of its own.

/** What is made of a text, or a text of what is read. */
export const TEXTS: Readonly<Record<string, (name: string, text: string) => string>> = {
  ST_GEOGFROMTEXT: made,
  ST_GEOGFROMGEOJSON: (name, text) => writeText(name, readGeoJson(name, text)),
  ST_GEOGFROM: (name, text) => writeText(name, readGeography(name, text)),
  ST_GEOGFROMWKB: (name, text) => writeText(name, readBinary(name, bytesOfHex(name, text))),
  ST_GEOGPOINTFROMGEOHASH: (name, text) => writeText(name, { kind: 'POINT', at: middleOf(name, text) }),
  ST_ASTEXT: made,
  ST_ASGEOJSON: (name, text) => writeGeoJson(name, readText(name, text)),
  ST_CENTROID: (name, text) => {
    const value = readText(name, text)
    if (value.kind === 'LINESTRING') throw elsewhere(name, value.kind)
    return writeText(name, value)
  },
  ST_STARTPOINT: (name, text) => nth(name, readText(name, text), 1),
  ST_ENDPOINT: (name, text) => nth(name, readText(name, text), -1),
  ST_GEOMETRYTYPE: (name, text) => {
    const value = readText(name, text)
    if (value.kind === 'POINT') return 'ST_Point'
    if (value.kind === 'LINESTRING') return 'ST_LineString'
    if (value.kind === 'EMPTY') return 'ST_GeometryCollection'
    if (value.shape === 'POLYGON') return 'ST_Polygon'
    // a collection of one, or of what lies on each other, is none
    throw elsewhere(name, value.shape)
  },
}

function made(name: string, text: string): string {
  return writeText(name, readText(name, text))
}

export const NUMBERS: Readonly<Record<string, (name: string, value: Geography) => number>> = {
  ST_X: (name, value) => pointOf(name, value)[0],
  ST_Y: (name, value) => pointOf(name, value)[1],
  ST_LENGTH: (name, value) => length(pointsOf(name, value)),
  ST_AREA: ofAreas,
  ST_PERIMETER: ofAreas,
}

/** Of points and lines, which have none. */
function ofAreas(name: string, value: Geography): number {
  if (value.kind === 'OTHER') throw elsewhere(name, value.shape)
  return 0
}

export const COUNTS: Readonly<Record<string, (name: string, value: Geography) => number>> = {
  ST_DIMENSION: (name, value) => {
    if (value.kind === 'OTHER') {
      if (['POLYGON', 'MULTIPOLYGON', 'FULLGLOBE'].includes(value.shape)) return 2
      throw elsewhere(name, value.shape)
    }
    return { EMPTY: -1, POINT: 0, LINESTRING: 1 }[value.kind]
  },
  ST_NUMPOINTS: (name, value) => pointsOf(name, value).length,
  ST_NPOINTS: (name, value) => pointsOf(name, value).length,
  ST_NUMGEOMETRIES: (name, value) => Math.min(1, pointsOf(name, value).length),
}

export const TESTS: Readonly<Record<string, (name: string, value: Geography) => boolean>> = {
  ST_ISEMPTY: (_, { kind }) => kind === 'EMPTY',
  ST_ISCOLLECTION: (name, value) => {
    if (value.kind === 'OTHER' && value.shape !== 'POLYGON') throw elsewhere(name, value.shape)
    return false
  },
  ST_ISCLOSED: (name, value) => {
    const points = pointsOf(name, value)
    return points.length > 0 && isSame(points[0]!, points.at(-1)!)
  },
  ST_ISRING: (name, value) => {
    const points = pointsOf(name, value)
    const isOnce = new Set(points.slice(1).map(String)).size === points.length - 1
    if (points.length > 4) throw elsewhere(name, 'LINESTRING of more than four points')
    return value.kind === 'LINESTRING' && isSame(points[0]!, points.at(-1)!) && isOnce && points.length > 3
  },
}

export const MEASURES: Readonly<
  Record<string, (name: string, a: Geography, b: Geography) => number | undefined>
> = {
  ST_DISTANCE: distanceOf,
  ST_MAXDISTANCE: (name, a, b) => {
    const [from, to] = [pointsOf(name, a), pointsOf(name, b)]
    if (from.length === 0 || to.length === 0) return undefined
    return Math.max(...from.flatMap((one) => to.map((other) => meters(one, other))))
  },
  ST_AZIMUTH: (name, a, b) => azimuth(pointOf(name, a), pointOf(name, b)),
}

/** @returns undefined where one of them is empty @throws Error for others than points */
function distanceOf(name: string, a: Geography, b: Geography): number | undefined {
  if (a.kind === 'EMPTY' || b.kind === 'EMPTY') return undefined
  return meters(onlyPoint(name, a), onlyPoint(name, b))
}

/** How two points lie: the interior of a point is the point, and its boundary is empty. */
export function compare(name: string, a: Geography, b: Geography): boolean {
  if (a.kind === 'EMPTY' || b.kind === 'EMPTY') {
    if (name === 'ST_EQUALS') return a.kind === b.kind
    return name === 'ST_DISJOINT'
  }
  const same = isSame(onlyPoint(name, a), onlyPoint(name, b))
  if (name === 'ST_TOUCHES') return false
  return name === 'ST_DISJOINT' ? !same : same
}

/** Radians; undefined where one of the lines is none. */
export function angleOf(name: string, geographies: readonly Geography[]): number | undefined {
  const [first, corner, second] = geographies.map((one) => pointOf(name, one))
  return angle(first!, corner!, second!)
}

export function hashOf(name: string, value: Geography, letters: number): string | undefined {
  return value.kind === 'EMPTY' ? undefined : geohash(pointOf(name, value), letters)
}

export function isWithin(name: string, a: Geography, b: Geography, most: number): boolean {
  const distance = distanceOf(name, a, b)
  return distance !== undefined && distance <= most
}

export const pointText = (name: string, longitude: number, latitude: number): string =>
  writeText(name, { kind: 'POINT', at: position(name, longitude, latitude) })

function pointsOf(name: string, value: Geography): readonly Position[] {
  if (value.kind === 'OTHER') throw elsewhere(name, value.shape)
  if (value.kind === 'LINESTRING') return value.points
  return value.kind === 'POINT' ? [value.at] : []
}

/** @throws Error as BigQuery has it for what is no single point */
function pointOf(name: string, value: Geography): Position {
  if (value.kind === 'POINT') return value.at
  throw new Error(`${name} failed: the GEOGRAPHY must be a single point, and is ${oneOf(value)}`)
}

function onlyPoint(name: string, value: Geography): Position {
  if (value.kind === 'POINT') return value.at
  throw elsewhere(name, shapeOf(value))
}

export function makeLine(name: string, texts: readonly string[]): string {
  const points = texts.flatMap((text) => {
    const value = readText(name, text)
    if (value.kind === 'POINT' || value.kind === 'LINESTRING') return pointsOf(name, value)
    throw new Error(
      `${name} failed: each GEOGRAPHY must be one point or one line, and one is ${oneOf(value)}`,
    )
  })
  return writeText(name, lineOf(name, points))
}

export function nth(name: string, value: Geography, place: number): string {
  if (value.kind !== 'LINESTRING')
    throw new Error(`${name} failed: the GEOGRAPHY must be a linestring, and is ${oneOf(value)}`)
  const at = place > 0 ? value.points[place - 1] : place < 0 ? value.points.at(place) : undefined
  if (!at) throw new Error(`${name} failed: there is no point ${place} of ${value.points.length}`)
  return writeText(name, { kind: 'POINT', at })
}
