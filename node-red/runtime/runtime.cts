/**
 * What this process keeps while nodes come and go: a deploy replaces a node's instances, and modules stay
 * loaded. Everything of that kind hangs on one runtime, so that a test can begin with a fresh one.
 */
interface Runtime {
	readonly parts: Map<() => unknown, unknown>;
	readonly disposals: Array<() => void>;
}

let present: Runtime = createRuntime();

function createRuntime(): Runtime {
	return { parts: new Map(), disposals: [] };
}

/**
 * Something of which a runtime has one, made when it is first asked for. `dispose` ends it with its
 * runtime.
 * @returns a function that gives the present runtime's
 */
export function perRuntime<T>(make: () => T, dispose?: (part: T) => void): () => T {
	return () => {
		const { parts, disposals } = present;
		if (parts.has(make)) return parts.get(make) as T;
		const part = make();
		parts.set(make, part);
		if (dispose) disposals.push(() => dispose(part));
		return part;
	};
}

/** Has the next test begin with nothing. What goes on in the runtime before keeps its own parts no more. */
export function startFreshRuntime(): void {
	const before = present;
	present = createRuntime();
	for (const dispose of before.disposals) dispose();
}
