import type { CopySpec } from './copy.ts'
import type { ExtractSpec } from '../files/extract.ts'
import type { LoadSpec, UploadedFile } from '../files/load.ts'
import type { QuerySpec } from '../queries/query-spec.ts'

/** What a job does: the part of JobConfiguration that is taken. */
export type JobSpec =
  | { readonly type: 'QUERY'; readonly query: QuerySpec }
  | { readonly type: 'EXTRACT'; readonly extract: ExtractSpec }
  | { readonly type: 'LOAD'; readonly load: LoadSpec; readonly media?: UploadedFile }
  | { readonly type: 'COPY'; readonly copy: CopySpec }
