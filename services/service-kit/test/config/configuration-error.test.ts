import t from 'tap'
import { ConfigurationError, readSetting } from '../../src/config/configuration-error.ts'

t.test('what a setting’s own rules say is told with the name of the setting', (t) => {
  t.equal(
    readSetting('A', () => 1),
    1,
  )
  const bad = () =>
    readSetting('API_KEYS', () => {
      throw new Error('no JSON')
    })
  t.throws(bad, new ConfigurationError('configuration: API_KEYS: no JSON'))
  t.end()
})
