import t from 'tap'
import { deployed } from './deployed.ts'

t.test('event-gateway has the core and the variables that Terraform gives it', (t) => {
  t.same(deployed('event-gateway'), { cores: 1, env: { MAX_REQUESTS: '200' } })
  t.end()
})

t.test('a service that Terraform does not know is named', (t) => {
  t.throws(() => deployed('nobody'), /nobody/)
  t.end()
})
