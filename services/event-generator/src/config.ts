import { commonVariables, eventVariables, loadConfig, portVariable } from '@tablestream/service-kit'
import Type, { type Static } from 'typebox'

export const variables = Type.Object({
  ...commonVariables,
  TOPIC: Type.String({ default: 'backend-events-topic', description: 'Topic that events are published to' }),
  TYPE_FIELD: eventVariables.TYPE_FIELD,
  PORT: portVariable(8080),
})

export type Config = Readonly<Static<typeof variables>>

export function readConfig(env = process.env): Config {
  return loadConfig(variables, env)
}
