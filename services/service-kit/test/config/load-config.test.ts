import t from 'tap'
import Type from 'typebox'
import { commonVariables, loadConfig, portVariable } from '../../src/index.ts'

const schema = Type.Object({
  ...commonVariables,
  PORT: portVariable(8080),
  SIZE: Type.Integer({ minimum: 1 }),
})

t.test('defaults are filled in, numbers converted, other variables left out', (t) => {
  const config = loadConfig(schema, { PROJECT_ID: 'p', SIZE: '5', PORT: '', HOME: '/root' })
  t.same(config, {
    PROJECT_ID: 'p',
    ENVIRONMENT: 'dev',
    REGION: 'us-central1',
    LOG_LEVEL: 'info',
    HOST: '0.0.0.0',
    PORT: 8080,
    SIZE: 5,
  })
  t.ok(Object.isFrozen(config))
  t.end()
})

t.test('every problem is told at once, with the variable and its value', (t) => {
  t.throws(() => loadConfig(schema, { SIZE: 'big', PORT: '99999', LOG_LEVEL: 'loud' }), {
    message:
      /PROJECT_ID is not set.*PORT must be <= 65535, but is "99999".*SIZE must be integer, but is "big"/s,
  })
  t.throws(() => loadConfig(schema, { PROJECT_ID: 'p', SIZE: '1', LOG_LEVEL: 'loud' }), {
    message: /LOG_LEVEL .*"loud"/,
  })
  t.end()
})
