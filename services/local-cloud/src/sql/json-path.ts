import { notImplemented } from '../bigquery/errors.ts'

/** How names are quoted: `$."a.b"`, or `$['a.b']` in the older functions. */
export type PathWay = 'quotes' | 'brackets'
const QUOTED: Readonly<Record<PathWay, RegExp>> = { quotes: /^(?!.*\[['"])/s, brackets: /^(?!.*\.")/s }

/** Names and places of a JSONPath of GoogleSQL. @throws BigQueryError notImplemented for one that has more than names and places */
export function stepsOf(path: string, way: PathWay): (string | number)[] {
  if (!QUOTED[way].test(path) || !/^\$(\.[^.[\]'"*]+|\."[^"]+"|\[\d+\]|\['[^']+'\]|\["[^"]+"\])*$/.test(path))
    throw notImplemented(`the JSONPath ${path}`)
  const parts = [
    ...path.slice(1).matchAll(/\."([^"]*)"|\.([^.[\]'"]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/g),
  ]
  return parts.map(([, ...found]) =>
    found[2] === undefined ? found.find((name) => name !== undefined)! : Number(found[2]),
  )
}
