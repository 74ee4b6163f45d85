import { typeForBoth } from '../types/type-for-both.ts'
import type { Conflict } from './plan-types.ts'

/** Whether the column of this conflict would be made for its value, too, if it were still to be made. */
export function takesBoth({ columnType, columnMode, columnLimit, value }: Conflict): boolean {
  return (
    columnType !== undefined &&
    columnLimit === undefined &&
    typeForBoth(columnType, columnMode === 'REPEATED' ? value : [value]) !== undefined
  )
}
