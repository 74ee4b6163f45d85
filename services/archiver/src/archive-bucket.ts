import { Storage, type Bucket } from '@google-cloud/storage'
import { codeOf, NOT_FOUND } from '@tablestream/service-kit'
import type { Hour } from './hours.ts'
import { hourOfManifest, manifestName, MANIFESTS } from './layout.ts'
import { readManifest, type ArchivedObject, type Manifest } from './manifest.ts'

/** A manifest that is there, and the version that another one replaces. */
export interface KeptManifest {
  readonly manifest: Manifest
  readonly generation: string
}

/** A file that is there. */
export interface ListedObject extends ArchivedObject {
  /** Milliseconds since 1970. */
  readonly madeAt: number
}

/** The bucket of the archive. */
export class ArchiveBucket {
  readonly name: string
  readonly #bucket: Bucket

  constructor(projectId: string, bucket: string) {
    this.name = bucket
    this.#bucket = new Storage({ projectId }).bucket(bucket)
  }

  /** Hours that are archived, in their order. */
  async hours(): Promise<Hour[]> {
    const [files] = await this.#bucket.getFiles({ prefix: MANIFESTS })
    return files.map(({ name }) => hourOfManifest(name)).filter((hour) => hour !== undefined)
  }

  async manifest(hour: Hour): Promise<KeptManifest | undefined> {
    const file = this.#bucket.file(manifestName(hour))
    try {
      const [{ generation }] = await file.getMetadata()
      // that version, and not one that comes between
      const [bytes] = await this.#bucket.file(file.name, { generation: generation! }).download()
      return { manifest: readManifest(bytes.toString('utf8'), hour), generation: String(generation) }
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return undefined
      throw error
    }
  }

  /**
   * Makes an hour archived.
   *
   * @param replaces the generation of the manifest that it takes the place of; '0': there is none
   * @returns false where somebody else was faster
   */
  async publish(manifest: Manifest, replaces: string): Promise<boolean> {
    const text = JSON.stringify(manifest)
    try {
      await this.#bucket.file(manifestName(manifest.hour)).save(text, {
        resumable: false,
        contentType: 'application/json',
        preconditionOpts: { ifGenerationMatch: replaces },
      })
      return true
    } catch (error) {
      if ((error as { code?: unknown }).code !== 412) throw error
      // the client tries again where an answer got lost: it may be our own that is there
      const kept = await this.manifest(manifest.hour)
      return kept !== undefined && JSON.stringify(kept.manifest) === text
    }
  }

  /** A small object with JSON in it, of a name that nobody else has. */
  async put(name: string, value: unknown): Promise<void> {
    try {
      await this.#bucket.file(name).save(JSON.stringify(value), {
        resumable: false,
        contentType: 'application/json',
        preconditionOpts: { ifGenerationMatch: 0 },
      })
    } catch (error) {
      // the client tries again where an answer got lost: then it is there
      if ((error as { code?: unknown }).code !== 412) throw error
    }
  }

  /** @returns undefined where there is none */
  async read(name: string): Promise<unknown> {
    try {
      const [bytes] = await this.#bucket.file(name).download()
      return JSON.parse(bytes.toString('utf8'))
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return undefined
      throw error
    }
  }

  async remove(name: string): Promise<void> {
    await this.#bucket.file(name).delete({ ignoreNotFound: true })
  }

  async list(prefix: string): Promise<ListedObject[]> {
    const [files] = await this.#bucket.getFiles({ prefix })
    return files.map(({ name, metadata }) => ({
      name,
      generation: String(metadata.generation),
      size: Number(metadata.size),
      crc32c: metadata.crc32c ?? '',
      madeAt: Date.parse(metadata.timeCreated ?? ''),
    }))
  }

  async delete({ name, generation }: ArchivedObject): Promise<void> {
    await this.#bucket.file(name).delete({ ignoreNotFound: true, ifGenerationMatch: generation })
  }
}
