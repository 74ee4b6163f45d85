import type { Catalog } from '../catalog/catalog.ts'
import type { BigQueryError } from '../errors.ts'
import type { JobSpec } from './job-spec.ts'
import type { Store } from '../store/store.ts'
import { extract } from '../files/extract.ts'
import { load } from '../files/load.ts'
import type { Objects } from '../files/objects.ts'

/** What a job that reads or writes files says of itself: JobStatistics. */
export interface FileJobResult {
  readonly statistics: Readonly<Record<string, unknown>>
  /** What was wrong with records that it left out. */
  readonly warnings?: readonly BigQueryError[]
}

interface FileJobParts {
  readonly catalog: Catalog
  readonly store: Store
  readonly objects: Objects
}

/** Extract and load jobs. */
export class FileJobs {
  readonly #parts: FileJobParts

  constructor(parts: FileJobParts) {
    this.#parts = parts
  }

  /** @throws BigQueryError */
  async run(projectId: string, spec: Exclude<JobSpec, { type: 'QUERY' | 'COPY' }>): Promise<FileJobResult> {
    if (spec.type === 'EXTRACT') {
      const { fileCounts, bytes } = await extract(this.#parts, projectId, spec.extract)
      const destinationUriFileCounts = fileCounts.map(String)
      return { statistics: { extract: { destinationUriFileCounts, inputBytes: String(bytes) } } }
    }
    const { files, bytes, rows, bad } = await load(this.#parts, projectId, spec.load, spec.media).finally(
      () => spec.media?.drop(),
    )
    const counts = {
      inputFiles: files,
      inputFileBytes: bytes,
      outputRows: rows,
      outputBytes: bytes,
      badRecords: bad.count,
    }
    return {
      statistics: {
        load: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
      },
      ...(bad.count > 0 && { warnings: bad.told }),
    }
  }
}
