const STORAGE = /^\/(storage\/v1|(resumable\/)?upload\/storage|download\/storage|b)([/?]|$)/
const BIGQUERY =
  /^\/(bigquery\/v2|projects|(resumable\/)?upload\/bigquery|discovery\/v1\/apis\/bigquery|\$discovery)([/?]|$)/

/** Whose path it is, where all APIs are on one port: no two of them have the same. */
export function appOf(url: string): 'pubsub' | 'bigquery' | 'storage' {
  if (STORAGE.test(url)) return 'storage'
  return BIGQUERY.test(url) ? 'bigquery' : 'pubsub'
}
