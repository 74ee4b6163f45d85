import type { Position } from './geography.ts'

const LETTERS = '0123456789bcdefghjkmnpqrstuvwxyz'
const BITS = 5
const MOST = 20

/** The box of a geohash that is not finished: where the next bit halves it. */
interface Box {
  readonly longitude: [from: number, to: number]
  readonly latitude: [from: number, to: number]
}

const world = (): Box => ({ longitude: [-180, 180], latitude: [-90, 90] })

/** @param letters 1 to 20; another number is 20 */
export function geohash([longitude, latitude]: Position, letters = MOST): string {
  const box = world()
  let hash = ''
  let isEast = true
  for (let place = 0; place < (letters >= 1 && letters <= MOST ? letters : MOST); place++) {
    let index = 0
    for (let bit = 0; bit < BITS; bit++) {
      const [range, value] = isEast ? [box.longitude, longitude] : [box.latitude, latitude]
      const middle = (range[0] + range[1]) / 2
      const isUpper = value >= middle
      range[isUpper ? 0 : 1] = middle
      index = index * 2 + (isUpper ? 1 : 0)
      isEast = !isEast
    }
    hash += LETTERS[index]
  }
  return hash
}

/** The middle of its box. @throws Error for a letter that no geohash has */
export function middleOf(name: string, hash: string): Position {
  const box = world()
  let isEast = true
  if (hash === '') throw new Error(`${name} failed: the geohash is empty`)
  for (const letter of hash.toLowerCase()) {
    const index = LETTERS.indexOf(letter)
    if (index < 0) throw new Error(`${name} failed: ${JSON.stringify(letter)} is no letter of a geohash`)
    for (let bit = BITS - 1; bit >= 0; bit--) {
      const range = isEast ? box.longitude : box.latitude
      range[(index >> bit) & 1 ? 0 : 1] = (range[0] + range[1]) / 2
      isEast = !isEast
    }
  }
  const middle = ([from, to]: readonly [number, number]) => (from + to) / 2
  return [middle(box.longitude), middle(box.latitude)]
}
