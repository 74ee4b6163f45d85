import { isAntipode, isSame, type Position } from './geography.ts'

/** Meters: the sphere that BigQuery measures on (S2's Earth). */
const RADIUS = 6_371_010

type Vector = readonly [x: number, y: number, z: number]

function vectorOf([longitude, latitude]: Position): Vector {
  const [east, north] = [radians(longitude), radians(latitude)]
  return [Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)]
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

/** Radians. The arc's tangent is right to the last digits for near points and for far ones. */
function angleBetween(a: Vector, b: Vector): number {
  return Math.atan2(Math.hypot(...cross(a, b)), dot(a, b))
}

/** Meters along the great circle. */
export function meters(a: Position, b: Position): number {
  return isSame(a, b) ? 0 : angleBetween(vectorOf(a), vectorOf(b)) * RADIUS
}

/** The point of the edge so far from `a`. @param fraction of the whole edge, 0 to 1 */
export function between(a: Position, b: Position, fraction: number): Position {
  const [from, to] = [vectorOf(a), vectorOf(b)]
  const whole = angleBetween(from, to)
  if (whole === 0) return a
  const share = (part: number) => Math.sin(part * whole) / Math.sin(whole)
  return positionOf(added(from, share(1 - fraction), to, share(fraction)))
}

export const middle = (a: Position, b: Position): Position =>
  positionOf(added(vectorOf(a), 1, vectorOf(b), 1))

/** Whether they are more than 90 degrees from each other. */
export const isFar = (a: Position, b: Position): boolean => dot(vectorOf(a), vectorOf(b)) < -1e-14

const added = (a: Vector, times: number, b: Vector, timesOther: number): Vector => [
  a[0] * times + b[0] * timesOther,
  a[1] * times + b[1] * timesOther,
  a[2] * times + b[2] * timesOther,
]

function positionOf([x, y, z]: Vector): Position {
  return [(Math.atan2(y, x) * 180) / Math.PI, (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI]
}

export const length = (points: readonly Position[]): number =>
  points.slice(1).reduce((sum, point, index) => sum + meters(points[index]!, point), 0)

/** Radians clockwise from north, 0 to 2π; undefined for the same place and for the other side of the sphere. */
export function azimuth(from: Position, to: Position): number | undefined {
  if (isSame(from, to) || isAntipode(from, to)) return undefined
  const [east, northFrom, northTo] = [radians(to[0] - from[0]), radians(from[1]), radians(to[1])]
  const y = Math.sin(east) * Math.cos(northTo)
  const x = Math.cos(northFrom) * Math.sin(northTo) - Math.sin(northFrom) * Math.cos(northTo) * Math.cos(east)
  return aroundCircle(Math.atan2(y, x))
}

/** Radians clockwise at `corner` from the line to `first` to the line to `second`, 0 to 2π; undefined where one of the lines is none. */
export function angle(first: Position, corner: Position, second: Position): number | undefined {
  const [from, to] = [azimuth(corner, first), azimuth(corner, second)]
  return from === undefined || to === undefined ? undefined : aroundCircle(to - from)
}

function aroundCircle(radian: number): number {
  const whole = 2 * Math.PI
  const rest = radian < 0 ? radian + whole : radian
  return rest >= whole ? rest - whole : rest + 0
}
