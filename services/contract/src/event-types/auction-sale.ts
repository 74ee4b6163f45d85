import Type from 'typebox'
import type { EventTypeDefinition } from './event-type.ts'
import { CalendarDay, Id, Timestamp } from './fields.ts'

/** A sale of an auction house, with the names that its system gives the fields. */
const AuctionSale = Type.Object({
  event_type: Type.Literal('auction_sale'),
  id_cliente: Id,
  cliente: Type.String(),
  genero: Type.String(),
  id_producto: Id,
  producto: Type.String(),
  precio: Type.Number(),
  cantidad: Type.Integer(),
  monto: Type.Number(),
  forma_pago: Type.String(),
  fecreg: Timestamp,
  event_date: Type.Optional(CalendarDay),
})

export const auctionSale: EventTypeDefinition = {
  type: 'auction_sale',
  table: 'auction_sales',
  schema: AuctionSale,
  timeField: 'fecreg',
  clusterBy: ['id_cliente', 'id_producto'],
}
