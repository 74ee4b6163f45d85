import t from 'tap'
import { sourceOf } from '../../src/index.ts'

const of = (attributes: Record<string, string>): string => sourceOf({ attributes })

t.test('whose id it is: the caller of the gateway, and the source of the CloudEvent', (t) => {
  t.equal(of({}), '')
  t.equal(of({ 'tablestream-caller': 'alice' }), 'alice')
  t.equal(of({ 'ce-source': '/shop/berlin' }), '/shop/berlin')
  t.equal(of({ 'tablestream-caller': 'alice', 'ce-source': '/shop' }), 'alice /shop')
  t.equal(of({ 'tablestream-caller': '', 'ce-source': '/shop' }), '/shop')
  t.end()
})
