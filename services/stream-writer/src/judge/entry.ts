/** The table that rows went into, one string for each time that it was made: a table made anew holds none of them. */
export type Incarnation = string

/** What stands for an event's key in the window, until so many others have come that it is forgotten. */
export type Entry = number
/** Stands for no key. */
export const NO_ENTRY: Entry = -1
