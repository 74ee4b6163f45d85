import type { IncomingMessage } from 'node:http'

const METHODS = new Set(['GET', 'PUT', 'PATCH', 'DELETE'])

/**
 * The method of a request. Google's APIs take any method as a POST whose header says which it is: Java's clients, whose HTTP has no PATCH,
 * send theirs so.
 */
export function methodOf({ method = 'GET', headers }: Pick<IncomingMessage, 'method' | 'headers'>): string {
  const meant = String(headers['x-http-method-override'] ?? '').toUpperCase()
  return method === 'POST' && METHODS.has(meant) ? meant : method
}
