/** Whom SESSION_USER() names, and jobs as theirs: there is nobody else here. */
export const SESSION_USER = 'local@tablestream'
