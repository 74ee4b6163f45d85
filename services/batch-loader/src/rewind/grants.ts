import type { Warehouse } from '../google/bigquery.ts'
import type { Grant } from '../google/table-grants.ts'

/** A role with a condition is told by a name of its own to who asks for a policy without (docs: IAM, policy versions). */
const CONDITIONAL = '_withcond_'

/**
 * Gives a rewound table what was granted on its table: that goes with the table to the name under which it is kept.
 *
 * @returns what it does not have, in sentences: whoever may grant has to do it
 */
export async function inheritGrants(
  warehouse: Pick<Warehouse, 'grants' | 'setGrants'>,
  table: string,
  rewound: string,
): Promise<readonly string[]> {
  const all = await warehouse.grants(table)
  if (!all)
    return [
      `this account may not see what is granted on ${table} itself: ${rewound} has nothing of it (bq get-iam-policy)`,
    ]
  const isConditional = ({ role }: Grant) => role.includes(CONDITIONAL)
  const plain = all.filter((grant) => !isConditional(grant))
  const isDone = plain.length === 0 || (await warehouse.setGrants(rewound, plain)) !== undefined
  const left = all.filter((grant) => !isDone || isConditional(grant))
  return left.map(
    ({ role, members }) =>
      `${rewound} has not what is granted on ${table} itself: ${withoutName(role)} to ${members.join(', ')}`,
  )
}

function withoutName(role: string): string {
  const [name, condition] = role.split(CONDITIONAL)
  return condition === undefined ? name! : `${name} with a condition`
}
