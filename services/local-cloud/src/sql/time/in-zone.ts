import { once } from '../once.ts'

/** A zone that DuckDB knows by this name, as SQL. */
const NAMED = /^'[A-Z][A-Za-z_]*(?:\/[A-Za-z_]+)*'$/

/** DuckDB's SQL for what clocks in a zone show at a TIMESTAMP. @param zone SQL of a text */
export function clockIn(zone: string, timestamp: string): string {
  return NAMED.test(zone)
    ? `timezone(${zone}, ${timestamp})`
    : `make_timestamp(clock_in_zone(${zone}, epoch_us(${timestamp})))`
}

/** Clocks there are put back by half an hour. */
const HALF_HOUR = "'Australia/Lord_Howe'"

/**
 * DuckDB's SQL for the TIMESTAMP at which clocks in a zone show a DATETIME. Where they show it twice it is the first time; DuckDB takes
 * the second. @param zone SQL of a text
 */
export function momentIn(zone: string, dateTime: string): string {
  if (zone === "'UTC'") return `timezone(${zone}, ${dateTime})`
  return NAMED.test(zone) && zone !== HALF_HOUR
    ? once(dateTime, (clock) => {
        const late = `timezone(${zone}, ${clock})`
        const early = `(${late} - INTERVAL 1 HOUR)`
        return `(CASE WHEN timezone(${zone}, ${early}) = ${clock} THEN ${early} ELSE ${late} END)`
      })
    : `make_timestamptz(moment_in_zone(${zone}, epoch_us(${dateTime})))`
}
