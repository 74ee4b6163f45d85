/** Why a load could not go on. What had landed until then stands in the ledger. */
export class LoadError extends Error {
  readonly rule:
    | 'too_many_bad'
    | 'table_did_not_come'
    | 'table_upserts'
    | 'job_failed'
    | 'no_bucket'
    | 'portion_missing'
    | 'staging_is_short'
    | 'swap_refused'
    | 'swap_unfinished'
    | 'sums_do_not_come_out'
    | 'not_ours'
    | 'nothing_to_rewind'
    | 'carried_do_not_fit'

  /** @param message what was tried, on what, and what happened */
  constructor(rule: LoadError['rule'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.rule = rule
  }
}
