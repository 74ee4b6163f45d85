import { knownType, TYPE_FIELD, typeField } from '@tablestream/contract'
import { SHOP_EVENT_TYPES } from './shop/shop.ts'

/** An event of the shop as it is published: its type stands in the field that TYPE_FIELD names. */
export function asPublished(event: object): object {
  const field = typeField()
  if (field === TYPE_FIELD) return event
  const { [TYPE_FIELD]: type, ...others } = event as Readonly<Record<string, unknown>>
  return { [field]: type, ...others }
}

/** @throws Error where the shop's events have a field of that name with another meaning */
export function checkTypeField(): void {
  const taken = SHOP_EVENT_TYPES.find((type) => knownType(type) === undefined)
  if (taken !== undefined)
    throw new Error(
      `${JSON.stringify(typeField())} is a field of ${taken} with another meaning, in the shop's events`,
    )
}
