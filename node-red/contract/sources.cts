const ANYWHERE = ['msg', 'flow', 'global'];
const TEXT = ['str', ...ANYWHERE, 'jsonata', 'env'];

/**
 * Where a typed field can take its value from, by its kind: types of Node-RED's TypedInput, the usual
 * one first. `run` and `sku` are ours: see `editor/choices`.
 */
export const SOURCES = {
	text: TEXT,
	deployment: TEXT,
	model: TEXT,
	runNode: ['run', ...TEXT],
	hardware: ['sku', ...TEXT],
	id: [...ANYWHERE, 'str', 'jsonata', 'env'],
	number: ['num', ...ANYWHERE, 'jsonata', 'env'],
	file: [...ANYWHERE, 'jsonata'],
	json: ['json', ...ANYWHERE, 'jsonata'],
	overrides: [...ANYWHERE, 'json', 'jsonata'],
} as const satisfies Record<string, readonly string[]>;

export type TypedKind = keyof typeof SOURCES;

/** The sources of a typed field; undefined for a field that has only one, its element. */
export function sourcesOf(kind: string | undefined): readonly string[] | undefined {
	return kind === undefined ? undefined : (SOURCES as Record<string, readonly string[]>)[kind];
}
