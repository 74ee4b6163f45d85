// Prints the event types of the catalogue as JSON: Terraform archives each by a subscription of its own.
import { CATALOGUE } from '@tablestream/contract'

console.log(JSON.stringify(CATALOGUE.map(({ type }) => type)))
