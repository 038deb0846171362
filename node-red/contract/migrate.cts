/** A node as a flow file holds it. */
export type Definition = Record<string, unknown>;

/**
 * What turns a node of one schema version into the next, by type. Steps are never changed once they
 * are published. Every field gets the value for what the node did before the field existed.
 */
const STEPS: Readonly<Record<string, ReadonlyArray<(def: Definition) => Definition>>> = {
	'runcomfy-run': [toVersion2],
	'runcomfy-submit': [toVersion2],
};

/** Overrides came from one field, and nothing was looked at before a submit. */
function toVersion2(def: Definition): Definition {
	const given = withoutGaps(def);
	const nowhere = !given['deploymentId'] && !given['deploymentIdType'];
	return {
		inputMode: 'json',
		rows: [],
		checkInputs: false,
		...given,
		...(nowhere ? { deploymentId: 'deploymentId', deploymentIdType: 'msg' } : {}),
	};
}

// The editor gives a node a property for every field, also for those that its flow file lacks.
function withoutGaps(def: Definition): Definition {
	return Object.fromEntries(Object.entries(def).filter(([, value]) => value !== undefined));
}

export function versionOf(type: string): number {
	return 1 + (STEPS[type]?.length ?? 0);
}

/**
 * The node in the present schema version: a copy if it is older, else itself. One from a newer
 * version of this package is left as it is.
 */
export function migrate<T extends object>(type: string, def: T): T {
	const { schemaVersion } = def as Definition;
	const given = typeof schemaVersion === 'object' ? 1 : Number(schemaVersion);
	const from = Math.max(1, Math.floor(given) || 1);
	const steps = STEPS[type]?.slice(from - 1) ?? [];
	if (steps.length === 0) return def;
	const moved = steps.reduce((old, step) => step(old), { ...def } as Definition);
	return { ...moved, schemaVersion: versionOf(type) } as unknown as T;
}
