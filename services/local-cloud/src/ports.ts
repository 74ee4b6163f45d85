import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { appOf } from './app-of-path.ts'
import { openPort, type CallObserver, type OpenPort, type PortServices } from './port.ts'
import type { World } from './world.ts'

/** The real ones, where 0 was asked for; all the same where all is on one port. */
export interface PortNumbers {
  readonly pubsubPort: number
  readonly bigqueryPort: number
  readonly storageWritePort: number
  readonly storagePort: number
}

type Api = 'pubsub' | 'bigquery' | 'storageWrite' | 'storage'
const APIS: readonly Api[] = ['pubsub', 'bigquery', 'storageWrite', 'storage']

/** The ports that clients know, whatever is behind them. */
export class Ports {
  readonly #admin: FastifyInstance
  readonly #observer: CallObserver
  /** By API: four of them, or four times the same one. */
  readonly #open = new Map<Api, OpenPort>()

  /** @param admin answers for what is local-cloud's own, on every port */
  constructor(admin: FastifyInstance, observer: CallObserver) {
    this.#admin = admin
    // its own calls are nobody's
    this.#observer = {
      ...observer,
      request(request, response) {
        if (!isOwn(request.url ?? '/')) observer.request(request, response)
      },
    }
  }

  /** @throws Error EADDRINUSE */
  async open(host: string, wanted: Partial<PortNumbers> & { readonly port?: number }): Promise<void> {
    if (wanted.port !== undefined) {
      const one = await openPort(host, wanted.port, this.#observer)
      for (const api of APIS) this.#open.set(api, one)
      return
    }
    for (const api of APIS)
      this.#open.set(api, await openPort(host, wanted[`${api}Port`] ?? 0, this.#observer))
  }

  get numbers(): PortNumbers {
    const of = (api: Api) => this.#open.get(api)!.port
    return {
      pubsubPort: of('pubsub'),
      bigqueryPort: of('bigquery'),
      storageWritePort: of('storageWrite'),
      storagePort: of('storage'),
    }
  }

  serve({ http, grpc }: World): void {
    const { pubsub, bigquery, storage } = http
    const own = (app: FastifyInstance) => (url: string) => (isOwn(url) ? this.#admin : app)
    const services: Readonly<Record<Api, PortServices>> = {
      pubsub: { grpc: grpc.pubsub, http: own(pubsub) },
      bigquery: { http: own(bigquery) },
      storageWrite: { grpc: grpc.storageWrite },
      storage: { http: own(storage) },
    }
    const [one] = this.#all
    if (this.#all.length === 1)
      one?.serve({ grpc: grpc.pubsub, http: (url) => (isOwn(url) ? this.#admin : http[appOf(url)]) })
    else for (const [api, port] of this.#open) port.serve(services[api])
  }

  /** @param but a connection that goes on */
  pause(but?: Socket): void {
    for (const port of this.#all) port.pause(but)
  }

  dropConnections(of: Api): void {
    this.#open.get(of)?.dropConnections()
  }

  async close(): Promise<void> {
    for (const port of this.#all) await port.close()
  }

  get #all(): readonly OpenPort[] {
    return [...new Set(this.#open.values())]
  }
}

/** What is local-cloud's own. */
const isOwn = (url: string): boolean => /^\/(local-cloud\/|journal(\?|$))/.test(url)
