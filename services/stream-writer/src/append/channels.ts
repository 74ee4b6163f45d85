import type { AppendCall } from './append-connection.ts'

/** An HTTP/2 connection that calls can be opened on. */
export interface Channel {
  openCall(headers: Readonly<Record<string, string>>): AppendCall
}

/**
 * Spreads calls over several HTTP/2 connections. Google's front end lets a connection have 100 streams, and neither it nor
 * gRPC tells of the 101st: it waits without an error until another one ends (googleapis/nodejs-pubsub#1276).
 */
export class Channels {
  readonly #channels: { readonly channel: Channel; calls: number }[]

  constructor(channels: readonly Channel[]) {
    this.#channels = channels.map((channel) => ({ channel, calls: 0 }))
  }

  openCall(headers: Readonly<Record<string, string>>): AppendCall {
    const least = this.#channels.reduce((a, b) => (b.calls < a.calls ? b : a))
    least.calls++
    const call = least.channel.openCall(headers)
    let isCounted = true
    const ended = () => {
      if (isCounted) least.calls--
      isCounted = false
    }
    call.on('error', ended)
    call.on('end', ended)
    return call
  }
}
