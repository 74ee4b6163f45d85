// Prints the event types of the catalogue as JSON: each has a folder of its own in the archive.
import { CATALOGUE } from '@tablestream/contract'

console.log(JSON.stringify(CATALOGUE.map(({ type }) => type)))
