import { SourceError, type SourceRule } from '../formats/records.ts'

const RULES: Readonly<Record<string, readonly [rule: SourceRule, what: string]>> = {
  ENOENT: ['missing', 'there is no such file'],
  ENOTDIR: ['missing', 'there is no such file'],
  ELOOP: ['missing', 'it is a link that leads to itself'],
  EACCES: ['denied', 'this user may not read it'],
  EPERM: ['denied', 'this user may not read it'],
  401: ['denied', 'who asks is not known to Cloud Storage: there are no credentials'],
  403: ['denied', 'who asks may not read it: storage.objects.get and storage.objects.list are needed'],
  404: ['missing', 'there is no such bucket or object'],
  CONTENT_DOWNLOAD_MISMATCH: [
    'damaged',
    'its bytes came with another checksum than Cloud Storage has for them',
  ],
  412: ['changed', 'its version is not there any more'],
}

/** An error of the disk or of Cloud Storage, as what it says of a source. */
export function sourceErrorOf(error: unknown, uri: string): SourceError {
  if (error instanceof SourceError) return error
  const { code, message } = error as { code?: string | number; message?: string }
  const [rule, what] = RULES[String(code)] ?? [
    'unreachable',
    `it cannot be read: ${message ?? String(error)}`,
  ]
  return new SourceError(rule, what, { uri }, { cause: error })
}
