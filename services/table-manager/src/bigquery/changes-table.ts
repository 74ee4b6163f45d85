/** The table of all changes, which the first change makes. */
export const CHANGES_TABLE = 'schema_changes'

export const CHANGES_OPTIONS = {
  schema: {
    fields: [
      { name: 'change_id', type: 'STRING' },
      { name: 'changed_at', type: 'TIMESTAMP' },
      { name: 'table_name', type: 'STRING' },
      { name: 'change', type: 'STRING' },
      { name: 'added', type: 'STRING', mode: 'REPEATED' },
      { name: 'relaxed', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'widened',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: ['path', 'from_type', 'to_type'].map((name) => ({ name, type: 'STRING' })),
      },
      { name: 'event_ids', type: 'STRING', mode: 'REPEATED' },
    ],
  },
}
