interface PageOfMenu {
  readonly id: string
  readonly title: string
  /** Goes there, where shortcuts are on. */
  readonly key: string
  /** Path of an icon, 20 by 20. */
  readonly icon: string
}

export const PAGES: readonly PageOfMenu[] = [
  { id: 'flow', title: 'Flow', key: '1', icon: 'M2 6h5c4 0 3 8 7 8h4M2 14h5c4 0 3-8 7-8h4' },
  { id: 'event', title: 'Event', key: '2', icon: 'M9 3a6 6 0 1 1 0 12A6 6 0 0 1 9 3M13.5 13.5 18 18' },
  { id: 'tables', title: 'Tables', key: '3', icon: 'M3 4h14v12H3zM3 8h14M3 12h14M8 8v8' },
  {
    id: 'dead-letters',
    title: 'Dead letters',
    key: '4',
    icon: 'M3 5h14v11H3zM3 5l7 6 7-6M13 13l3 3M16 13l-3 3',
  },
  { id: 'send', title: 'Send', key: '5', icon: 'M17 3 3 9l5 2 2 6 7-14M8 11l4-3' },
  { id: 'sql', title: 'SQL', key: '6', icon: 'M3 5l5 5-5 5M10 15h7' },
  {
    id: 'reconcile',
    title: 'Reconcile',
    key: '7',
    icon: 'M10 3v14M6 17h8M3 6h14M3 6l-1 6h5L5 6M15 6l-2 6h5l-2-6',
  },
]
