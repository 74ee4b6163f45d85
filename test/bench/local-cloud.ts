import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packLocalCloud } from '../../scripts/pack-local-cloud.ts'
import { line, median } from './measure.ts'
import { PubSubLoad } from './pubsub-load.ts'
import { startEmulator, startLocalCloud, type Server } from './servers.ts'
import { appendRows } from './storage-load.ts'

/** What one server did in a time. */
interface Done {
  readonly rate: number
  /** CPU microseconds of the server for each. */
  readonly cpu: number
}

type Work = (
  load: PubSubLoad,
  seconds: number,
) => Promise<{ readonly count: number; readonly seconds: number }>

/** Messages that wait for those who pull, for each second that they may. */
const WAITING_A_SECOND = 50_000
const IN_A_REQUEST = 1000

const SETTINGS: Readonly<Record<string, Work>> = {
  'published, 1 a request': publishing(1),
  'published, 100 a request': publishing(100),
  'published, 1,000 a request': publishing(1000),
  'pulled over 1 stream': pulling(1),
  'pulled over 20 streams': pulling(20),
}

/**
 * Pub/Sub of local-cloud, as it is packed, beside Google's emulator, by turns: one stands still while the other one works. Then rows by
 * Storage Write, the time until it is ready, and its memory.
 */
export async function localCloud(rounds: number, seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-bench-'))
  const servers: Server[] = []
  // Google's clients look for a metadata server otherwise
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  try {
    await packLocalCloud(folder)
    const cli = join(folder, 'local-cloud/cli.cjs')
    await starts(cli, rounds)
    servers.push(await startLocalCloud(cli))
    const emulator = await startEmulator()
    if (emulator) servers.push(emulator)
    else
      console.log(
        'Google’s Pub/Sub emulator is not on this machine (gcloud, its component, Java): local-cloud alone',
      )
    for (const server of servers) server.pause()
    for (const [setting, work] of Object.entries(SETTINGS))
      await compare(setting, work, servers, rounds, seconds)
    await rows(servers[0]!, rounds, seconds)
  } finally {
    for (const server of servers) server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function starts(cli: string, rounds: number): Promise<void> {
  const ready: number[] = []
  const memory: number[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await startLocalCloud(cli)
    ready.push(server.readyMs)
    memory.push(server.rss())
    server.stop()
  }
  line(`${Math.round(median(ready))} ms`, 'from the start of the process to its first answer')
  line(`${Math.round(median(memory))} MB`, 'RSS then')
}

async function compare(
  setting: string,
  work: Work,
  servers: readonly Server[],
  rounds: number,
  seconds: number,
): Promise<void> {
  const done = new Map<Server, Done[]>(servers.map((server) => [server, []]))
  for (let round = 0; round < rounds; round++)
    for (const server of servers) done.get(server)!.push(await measured(server, work, seconds))
  const [ours, theirs] = servers.map((server) => {
    const all = done.get(server)!
    return { rate: median(all.map(({ rate }) => rate)), cpu: median(all.map(({ cpu }) => cpu)) }
  })
  const told = ({ rate, cpu }: Done) => `${readable(rate)} messages/s at ${cpu.toFixed(1)} µs of CPU`
  if (!theirs)
    return line(readable(ours!.rate), `messages/s ${setting}, at ${ours!.cpu.toFixed(1)} µs of CPU`)
  const [rate, cpu] = [ours!.rate / theirs.rate, theirs.cpu / ours!.cpu].map(
    (ratio) => `${ratio.toFixed(1)} ×`,
  )
  return line(
    rate!,
    `${setting} (${cpu} for the same CPU): ${told(ours!)}; ${servers[1]!.name} ${told(theirs)}`,
  )
}

async function measured(server: Server, work: Work, seconds: number): Promise<Done> {
  server.goOn()
  const load = new PubSubLoad(server.port)
  await load.open()
  const before = server.cpu()
  const { count, seconds: took } = await work(load, seconds)
  const cpu = (server.cpu() - before) / count
  await load.close()
  server.pause()
  return { rate: count / took, cpu }
}

function publishing(each: number): Work {
  return (load, seconds) => timed(() => load.publish(each, { seconds }))
}

function pulling(streams: number): Work {
  return async (load, seconds) => {
    const waiting = await load.publish(IN_A_REQUEST, { seconds: 60, most: WAITING_A_SECOND * seconds })
    return timed(() => load.pull(streams, { seconds, most: waiting }))
  }
}

async function timed(work: () => Promise<number>): Promise<{ count: number; seconds: number }> {
  const began = performance.now()
  const count = await work()
  return { count, seconds: (performance.now() - began) / 1000 }
}

async function rows(server: Server, rounds: number, seconds: number): Promise<void> {
  server.goOn()
  const each: Done[] = []
  for (let round = 0; round < rounds; round++) {
    const before = server.cpu()
    const { count, seconds: took } = await timed(() => appendRows(server.port, seconds))
    each.push({ rate: count / took, cpu: (server.cpu() - before) / count })
  }
  const cpu = median(each.map((one) => one.cpu))
  line(readable(1_000_000 / cpu), 'rows a second a core by Storage Write, until SQL has counted them')
  line(readable(median(each.map(({ rate }) => rate))), 'rows a second')
  line(`${Math.round(server.rss())} MB`, 'RSS in the end')
}

const readable = (rate: number): string => Math.round(rate).toLocaleString('en-US')
