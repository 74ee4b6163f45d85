import type { Position } from './geography.ts'
import { between, isFar, meters, middle } from './sphere.ts'

// Edges of a GEOGRAPHY are the shortest on the sphere, those of GeoJSON straight on the map of degrees: points are added so that the two
// are within 10 m of each other. Where, and by what estimate, is the rule of the S2 library, whose tolerance is scaled for it.
const METERS = 10 * 0.838_299_925_698_885_1
const FRACTION = 0.31215691082248315

/** The points behind the first one of a line that is straight on the map, for a line on the sphere. */
export function fromMap(a: Position, b: Position): Position[] {
  if (isNear(a, b)) return [b]
  const half = onMap(a, b, 0.5)
  return [...fromMap(a, half), ...fromMap(half, b)]
}

/** The points behind the first one of a line on the sphere, for a line that is straight on the map. */
export function toMap(a: Position, b: Position): Position[] {
  if (isNear(a, b)) return [b]
  const half = middle(a, b)
  return [...toMap(a, half), ...toMap(half, b)]
}

/** Whether the two do not go around the edge of the map, or over a pole. */
export const isOnMap = (points: readonly Position[]): boolean =>
  points.every(([longitude], index) => index === 0 || Math.abs(longitude - points[index - 1]![0]) < 180)

const onMap = ([x, y]: Position, [toX, toY]: Position, fraction: number): Position => [
  x + (toX - x) * fraction,
  y + (toY - y) * fraction,
]

function isNear(a: Position, b: Position): boolean {
  if (isFar(a, b)) return false
  return [FRACTION, 1 - FRACTION].every(
    (fraction) => meters(between(a, b, fraction), onMap(a, b, fraction)) <= METERS,
  )
}
