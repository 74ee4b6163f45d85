import fc from 'fast-check'

const digits = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most }).map((each) => each.join(''))
const whole = (most: number): fc.Arbitrary<string> => digits(most).map((text) => text.replace(/^0+(?=.)/, ''))
const sign = fc.constantFrom('', '', '-')
const double = fc.double({ noNaN: true, noDefaultInfinity: true })

/** Texts of numbers as JSON has them, of every kind that somebody sends. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  // what programs print: the shortest text of a double, and one of so many digits
  double.map((value) => JSON.stringify(value)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(double, fc.integer({ min: 15, max: 21 })).map(([value, count]) => value.toPrecision(count)),
  // money
  fc.tuple(sign, whole(14), digits(2)).map(([minus, before, after]) => `${minus}${before}.${after}`),
  // about as many digits as a double, a NUMERIC and a BIGNUMERIC hold
  fc.tuple(sign, whole(10), digits(9)).map(([minus, before, after]) => `${minus}${before}.${after}`),
  fc.tuple(sign, whole(40), digits(10)).map(([minus, before, after]) => `${minus}${before}.${after}`),
  fc.tuple(sign, whole(20), digits(42)).map(([minus, before, after]) => `${minus}${before}.${after}`),
  fc
    .tuple(
      sign,
      whole(20),
      digits(20),
      fc.constantFrom('e', 'E', 'e+', 'e-'),
      fc.integer({ min: 0, max: 450 }),
    )
    .map(([minus, before, after, e, power]) => `${minus}${before}.${after}${e}${power}`),
  fc.constantFrom(
    '1.5',
    '-0',
    '-0.0',
    '1.0',
    '1e3',
    '0.123456789',
    '0.1234567891',
    '12345678.123456789',
    '123456789012.123456789',
    '99999999999999999999999999999.123456789',
    '1000000000000000.3',
    '8.000000000000001',
    '8.000000000000002',
    '1.000000000000000005',
    '1.0000000000000000000000001',
    '9007199254740991',
    '9007199254740993',
    '9007199254740993.0',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '-9.223372036854776e18',
    '4.611686018427388e18',
    '18446744073709551615',
    '1e400',
    '1e-400',
    '2.4e-324',
    '5e-324',
    '4.9406564584124654e-324',
    '98765432.099999994',
    '0.10000000000000001',
    `0.${'0'.repeat(323)}49406564584124654${'0'.repeat(100)}`,
    '123e-10000000',
  ),
)
