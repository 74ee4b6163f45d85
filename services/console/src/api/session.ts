import Type, { type Static } from 'typebox'

export const Session = Type.Object({
  token: Type.String({ description: 'For the header x-console-token' }),
  project: Type.String(),
  dataset: Type.String(),
  environment: Type.String(),
  may: Type.Object({
    replay: Type.Boolean(),
    send: Type.Boolean(),
    generate: Type.Boolean(),
    faults: Type.Boolean(),
    sql: Type.Boolean(),
  }),
})
export type Session = Static<typeof Session>
