/** A zone that DuckDB knows by this name, as SQL. */
const NAMED = /^'[A-Z][A-Za-z_]*(?:\/[A-Za-z_]+)*'$/

/** DuckDB's SQL for what clocks in a zone show at a TIMESTAMP. @param zone SQL of a text */
export function clockIn(zone: string, timestamp: string): string {
  return NAMED.test(zone)
    ? `timezone(${zone}, ${timestamp})`
    : `make_timestamp(clock_in_zone(${zone}, epoch_us(${timestamp})))`
}

/** DuckDB's SQL for the TIMESTAMP at which clocks in a zone show a DATETIME. @param zone SQL of a text */
export function momentIn(zone: string, dateTime: string): string {
  return NAMED.test(zone)
    ? `timezone(${zone}, ${dateTime})`
    : `make_timestamptz(moment_in_zone(${zone}, epoch_us(${dateTime})))`
}
