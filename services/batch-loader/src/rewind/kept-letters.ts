import { createReadStream } from 'node:fs'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { OutgoingMessage } from '@tablestream/service-kit'
import type { KeptLetter } from '../rows.ts'

const MOST_AT_ONCE = 500

/** Dead letters in a temporary file, until it is known whether they are to be published. */
export class KeptLetters {
  readonly #folder: Promise<string> = mkdtemp(join(tmpdir(), 'tablestream-letters-'))
  #count = 0

  async keep(letters: readonly OutgoingMessage[]): Promise<void> {
    const lines = letters.map(({ data, attributes }) =>
      JSON.stringify({ data: Buffer.from(data).toString('base64'), attributes } satisfies KeptLetter),
    )
    await appendFile(await this.#path(), lines.map((line) => `${line}\n`).join(''))
    this.#count += letters.length
  }

  /** @returns how many there are */
  async publish(publish: (letters: readonly OutgoingMessage[]) => Promise<unknown>): Promise<number> {
    if (this.#count === 0) return 0
    let batch: OutgoingMessage[] = []
    for await (const line of createInterface({ input: createReadStream(await this.#path()) })) {
      const { data, attributes } = JSON.parse(line) as KeptLetter
      batch.push({ data: Buffer.from(data, 'base64'), attributes })
      if (batch.length < MOST_AT_ONCE) continue
      await publish(batch)
      batch = []
    }
    if (batch.length > 0) await publish(batch)
    return this.#count
  }

  async remove(): Promise<void> {
    await rm(await this.#folder, { recursive: true, force: true })
  }

  async #path(): Promise<string> {
    return join(await this.#folder, 'letters.ndjson')
  }
}
