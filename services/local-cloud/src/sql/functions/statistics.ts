import type { Rule } from './aggregate.ts'
import { coerce, distance } from '../typing/coerce.ts'
import { FLOAT64 } from '../typing/sql-type.ts'

/**
 * NaN where a value is no number or infinite, of which DuckDB makes an error, and NULL of too few values (statistical aggregate functions).
 *
 * @param count of arguments @param least values, or pairs, without a NULL that it takes
 */
function statistic(name: string, count: number, least: number): Rule {
  return (args) => {
    if (args.length !== count || args.some((arg) => distance(arg, FLOAT64) === undefined)) return undefined
    const values = args.map((arg) => coerce(arg, FLOAT64).sql)
    const isThere = values.map((value) => `${value} IS NOT NULL`).join(' AND ')
    const isFinite = values.map((value) => `isfinite(${value})`).join(' AND ')
    return {
      name,
      args: values.map((value) => `CASE WHEN ${isFinite} THEN ${value} END`),
      type: FLOAT64,
      besides: [
        { name: count === 1 ? 'count' : 'regr_count', args: values },
        { name: 'bool_or', args: [`${isThere} AND NOT (${isFinite})`] },
      ],
      wrap: (sql, taken, isWild) =>
        `(CASE WHEN ${taken} < ${least} THEN NULL WHEN ${isWild} THEN CAST('nan' AS DOUBLE) ELSE ${sql} END)`,
    }
  }
}

/** GoogleSQL: statistical aggregate functions. */
export const STATISTICS: Readonly<Record<string, Rule>> = {
  CORR: statistic('corr', 2, 2),
  COVAR_POP: statistic('covar_pop', 2, 1),
  COVAR_SAMP: statistic('covar_samp', 2, 2),
  STDDEV: statistic('stddev_samp', 1, 2),
  STDDEV_POP: statistic('stddev_pop', 1, 1),
  STDDEV_SAMP: statistic('stddev_samp', 1, 2),
  VARIANCE: statistic('var_samp', 1, 2),
  VAR_POP: statistic('var_pop', 1, 1),
  VAR_SAMP: statistic('var_samp', 1, 2),
}
