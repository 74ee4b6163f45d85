import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PubSub } from '@google-cloud/pubsub'
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from '../src/index.ts'

export interface Test {
  teardown(done: () => unknown): void
}

export interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each call answers another resource
  readonly body: any
}

export interface Opened {
  readonly cloud: LocalCloud
  /** Google's own client. */
  readonly pubsub: PubSub
  /** A call over REST, under `/v1/projects/p/`. */
  readonly call: (method: string, path: string, body?: object) => Promise<Answer>
  readonly close: () => Promise<void>
}

export const TOPIC = 'projects/p/topics/topic'
export const SUB = 'projects/p/subscriptions/sub'

export async function openPubSub(t: Test, options: LocalCloudOptions = {}): Promise<Opened> {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud(options)
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: 'p', apiEndpoint, emulatorMode: true })
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${apiEndpoint}/v1/projects/p/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  let closing: Promise<void> | undefined
  const close = () => (closing ??= pubsub.close().then(() => cloud.close()))
  t.teardown(close)
  return { cloud, pubsub, call, close }
}

export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What `kill -9` would leave of a data folder now. */
export function asAfterKill(t: Test, folder: string): string {
  const copy = temporaryFolder(t)
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** Texts of the messages that a pull gives, until one gives none. */
export async function drain(
  { call }: Pick<Opened, 'call'>,
  subscription: string,
  ack = true,
): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const pulled = await call('POST', `subscriptions/${subscription}:pull`, {
      maxMessages: 1000,
      returnImmediately: true,
    })
    const received: { ackId: string; message: { data: string } }[] = pulled.body.receivedMessages ?? []
    if (received.length === 0) return texts
    texts.push(...received.map(({ message }) => Buffer.from(message.data, 'base64').toString()))
    if (!ack) return texts
    const ackIds = received.map(({ ackId }) => ackId)
    await call('POST', `subscriptions/${subscription}:acknowledge`, { ackIds })
  }
}

export const message = (text: string, more: object = {}): object => ({
  data: Buffer.from(text).toString('base64'),
  ...more,
})
