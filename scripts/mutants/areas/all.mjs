/** The patterns of an area that has every file of its folder but those that another area names. */
export const ALL = ['**/*.ts'];
