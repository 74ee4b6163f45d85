class Written {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/**
 * A number in JSON text as it is written there: BigQuery keeps its digits, DuckDB writes them anew.
 *
 * @param path its names and places, as JSON
 * @param otherwise what DuckDB makes of it: that is given where another number stands there (of a key that comes twice)
 * @returns undefined where the text is no JSON, though DuckDB takes it: NaN and infinity, as Python writes them, and a comma too many
 */
export function numberInJson(text: string, path: string, otherwise: string): string | undefined {
  let value = parsed(text)
  if (value === undefined) return undefined
  for (const step of JSON.parse(path) as (string | number)[])
    value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[step]
  return value instanceof Written && Number(value.source) === Number(otherwise) ? value.source : otherwise
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_key, each: unknown, context?: { source?: string }) =>
      typeof each === 'number' ? new Written(context?.source ?? '') : each,
    ) as unknown
  } catch {
    return undefined
  }
}
