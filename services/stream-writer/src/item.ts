import type { Envelope } from '@tablestream/contract'
import type { Delivery } from './pull-stream.ts'

/** A message on its way to its end. */
export interface Item extends Delivery {
  readonly envelope: Envelope
  readonly table: string
  /** Milliseconds since 1970: when it stops waiting for its table or column. */
  readonly deadline: number
  /** A row of a request was refused: this one goes alone now, to know whether it was the one. */
  alone: boolean
  /** Deliveries of the same event that came while this one was on its way: they share its end. */
  twins?: Delivery[]
}
