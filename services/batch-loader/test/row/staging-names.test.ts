import t from 'tap'
import { stagingNames } from '../../src/row/staging-names.ts'

t.test('no column of the load’s own table has a name that an event’s has', (t) => {
  t.equal(stagingNames([{ name: 'url' }]).place, '_load_place')
  t.equal(stagingNames([{ name: '_Load_Place' }]).place, '_load2_place')
  t.equal(stagingNames([{ name: '_load_number' }, { name: '_load2_x' }]).match, '_load3_match')
  t.equal(stagingNames([{ name: '_loads' }]).match, '_load_match', 'it begins otherwise')
  t.end()
})
