const STORAGE = /^\/(storage\/v1|(resumable\/)?upload\/storage|download\/storage|b)([/?]|$)/
const BIGQUERY =
  /^\/(bigquery\/v2|projects|(resumable\/)?upload\/bigquery|discovery\/v1\/apis\/bigquery|\$discovery)([/?]|$)/

/** `/BUCKET/OBJECT`, as clients of Go read objects; the others are paths of Pub/Sub, or of local-cloud itself. */
const PUBLIC_OBJECT = /^\/(?!(?:v\d\w*|oauth2|token|journal|local-cloud)\/)[a-z0-9][a-z0-9._-]{2,221}\/[^?]/

/** Whose path it is, where all APIs are on one port: no two of them have the same. */
export function appOf(url: string): 'pubsub' | 'bigquery' | 'storage' {
  if (STORAGE.test(url)) return 'storage'
  if (BIGQUERY.test(url)) return 'bigquery'
  return PUBLIC_OBJECT.test(url) ? 'storage' : 'pubsub'
}
