import {
  elsewhere,
  EMPTY,
  lineOf,
  pairText,
  position,
  SHAPES,
  type Geography,
  type Position,
} from './geography.ts'

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`
const PAIR = new RegExp(String.raw`^\s*(${NUMBER})\s+(${NUMBER})\s*$`)
const TAGGED = /^\s*([A-Za-z]+)(?:\s+(EMPTY)|\s*\(([\s\S]*)\))\s*$/i

/**
 * Reads well-known text. What has areas or parts is not looked into.
 *
 * @throws Error that names the function and what is wrong
 */
export function readText(name: string, text: string): Geography {
  if (/^\s*FULLGLOBE\s*$/i.test(text)) return { kind: 'OTHER', shape: 'FULLGLOBE' }
  const [, tag = '', empty, inside = ''] = TAGGED.exec(text) ?? []
  const shape = SHAPES.find((each) => each === tag.toUpperCase())
  if (shape === undefined) throw new Error(`${name} failed: Invalid WKT: ${text.slice(0, 100)}`)
  if (empty !== undefined) return EMPTY
  if (shape === 'POINT') return { kind: 'POINT', at: positionOf(name, inside) }
  if (shape !== 'LINESTRING') return { kind: 'OTHER', shape }
  return lineOf(
    name,
    inside.split(',').map((pair) => positionOf(name, pair)),
  )
}

function positionOf(name: string, pair: string): Position {
  const [, longitude, latitude] = PAIR.exec(pair) ?? []
  if (longitude === undefined)
    throw new Error(`${name} failed: Invalid WKT: ${pair.trim().slice(0, 100)} is no longitude and latitude`)
  return position(name, Number(longitude), Number(latitude))
}

/** Well-known text, as BigQuery writes it. @throws Error for what has areas or parts: their order is Google's own */
export function writeText(name: string, geography: Geography): string {
  switch (geography.kind) {
    case 'EMPTY':
      return 'GEOMETRYCOLLECTION EMPTY'
    case 'POINT':
      return `POINT(${pairText(geography.at)})`
    case 'LINESTRING':
      return `LINESTRING(${geography.points.map(pairText).join(', ')})`
    default:
      throw elsewhere(name, geography.shape)
  }
}
