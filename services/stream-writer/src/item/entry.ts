/** What stands for an event's key in the window, until so many others have come that it is forgotten. */
export type Entry = number
/** Stands for no key. */
export const NO_ENTRY: Entry = -1
