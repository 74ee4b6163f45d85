/** Why a load could not go on. What had landed until then stands in the ledger. */
export class LoadError extends Error {
  readonly rule:
    | 'bucket_denied'
    | 'carried_do_not_fit'
    | 'job_failed'
    | 'no_bucket'
    | 'not_ours'
    | 'nothing_to_rewind'
    | 'portion_missing'
    | 'row_refused'
    | 'rows_are_hidden'
    | 'source_gone'
    | 'staging_is_short'
    | 'stream_failed'
    | 'sums_do_not_come_out'
    | 'swap_refused'
    | 'swap_unfinished'
    | 'table_did_not_come'
    | 'table_upserts'
    | 'too_many_bad'
    | 'traits_differ'
    | 'type_field_taken'
    | 'values_are_masked'

  /** @param message what was tried, on what, and what happened */
  constructor(rule: LoadError['rule'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.rule = rule
  }
}

/** The same error, that says what it is of, and how far that has come. @param more a sentence without its point; empty: nothing */
export function aboutSource(error: LoadError, source: string, more = ''): LoadError {
  const { rule, message } = error
  const named = message.includes(source) ? message : `${source}: ${message}`
  return new LoadError(rule, more === '' ? named : `${named}. ${more}`, { cause: error })
}
