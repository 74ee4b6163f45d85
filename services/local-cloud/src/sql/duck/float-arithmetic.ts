import { isVolatile } from '../once.ts'

/** Arithmetic of FLOAT64. */
export interface FloatArithmetic {
  /** As DuckDB does it, which gives Infinity where GoogleSQL gives an error. */
  readonly plain: string
  /** Operator by operator, with the errors of GoogleSQL; ten times as slow. */
  readonly strict: string
}

interface Operand {
  readonly sql: string
  readonly floats?: FloatArithmetic
}

/** Longer ones are not repeated. */
const REPEATED = 2000

const FUNCTIONS: Readonly<Record<string, string>> = {
  '+': 'add_floats',
  '-': 'subtract_floats',
  '*': 'multiply_floats',
  '/': 'divide_floats',
}

/**
 * What has become Infinity or NaN in a sum or product stays so: it is enough to look at what comes out, and to reckon again where that
 * is not finite. Only a divisor that has become too large would not be seen.
 */
export function floatArithmetic(operator: string, a: Operand, b: Operand): FloatArithmetic {
  const plain = (of: Operand) => of.floats?.plain ?? of.sql
  const strict = (of: Operand) => of.floats?.strict ?? of.sql
  return {
    plain: `(${plain(a)} ${operator} ${operator === '/' ? b.sql : plain(b)})`,
    strict: `${FUNCTIONS[operator]}(${strict(a)}, ${strict(b)})`,
  }
}

export function checkedFloat({ plain, strict }: FloatArithmetic): string {
  if (plain.length > REPEATED || isVolatile(plain)) return strict
  return `(CASE WHEN isfinite(${plain}) THEN ${plain} WHEN ${plain} IS NULL THEN NULL ELSE ${strict} END)`
}
