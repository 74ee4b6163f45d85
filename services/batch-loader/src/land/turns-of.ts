import type { Workshop } from '../google/storage.ts'
import type { LoadParts } from '../load-parts.ts'

type TurnParts = Pick<LoadParts, 'workshopOf' | 'warehouse'>

/** Says that a turn is waited for. @param who what has it, as a sentence without its point */
export const saysWhy =
  ({ progress }: Pick<LoadParts, 'progress'>, who: string) =>
  (ms: number): void =>
    progress.say(`waiting: ${who}. If it was killed, this goes on in ${Math.max(1, Math.ceil(ms / 1000))} s`)

const placeOf = ({ warehouse }: TurnParts, table: string) => warehouse.name(table).replaceAll('`', '')

/** Where the turns are of those who land in a table. */
export function landingTurnsOf(parts: TurnParts, table: string): Workshop {
  return parts.workshopOf(`loads/landing/${placeOf(parts, table)}/`)
}

/** Where the turns are of those who rewind a table, and the note of a swap. */
export function rewindTurnsOf(parts: TurnParts, table: string): Workshop {
  return parts.workshopOf(`loads/rewinds/${placeOf(parts, table)}/`)
}
