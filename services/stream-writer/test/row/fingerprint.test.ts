import { bigqueryFingerprint } from 'farmhash-modern'
import fc from 'fast-check'
import t from 'tap'
import { takeFingerprint } from '../../src/row/fingerprint.ts'

const fingerprintOf = (bytes: Uint8Array): bigint => {
  const into = { low: 0, high: 0 }
  takeFingerprint(bytes, into)
  return (BigInt(into.high) << 32n) | BigInt(into.low >>> 0)
}

t.test('it is what Google’s documentation tells of FARM_FINGERPRINT', (t) => {
  t.equal(fingerprintOf(Buffer.from('1footrue')), -1541654101129638711n)
  t.equal(fingerprintOf(Buffer.from('2applefalse')), 2794438866806483259n)
  t.equal(fingerprintOf(Buffer.from('3true')), -4880158226897771312n)
  t.end()
})

t.test('its halves are the whole', (t) => {
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.uint8Array(), (bytes) => fingerprintOf(bytes) === bigqueryFingerprint(bytes))),
  )
  t.end()
})
