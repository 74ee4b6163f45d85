import { createRequire } from 'node:module'

/** The first one that has all that the sources use. */
const WHOLE = 22

// Node 20 lacks methods of iterators, URL.parse, Promise.withResolvers, and what JSON.parse tells of the text of a number
if (Number(process.versions.node.split('.')[0]) < WHOLE) {
  createRequire(import.meta.url)('core-js/actual/iterator')
  createRequire(import.meta.url)('core-js/actual/url/parse')
  createRequire(import.meta.url)('core-js/actual/promise/with-resolvers')
  createRequire(import.meta.url)('core-js/actual/json/parse')
}
