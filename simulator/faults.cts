import type { ParamKind } from './fault-params.cjs';
import { FAULT_PARAMS, paramProblem } from './fault-params.cjs';
import type { Fault, FaultName, FaultOf, FaultTarget } from './fault-table.cjs';
import { FAULT_TABLE, FAULT_TARGETS, isTarget } from './fault-table.cjs';
import { unknownName } from './names.cjs';

/** What a fault is matched against. */
export interface FaultSite {
	target: FaultTarget;
	deploymentId?: string | undefined;
	requestId?: string | undefined;
}

/** A fault that is switched on. */
interface Armed {
	readonly id: number;
	readonly fault: Fault;
	/** How many times it will still strike, and how many matches it lets through before. */
	left: number;
	skip: number;
}

export interface FaultBox {
	inject(fault: Fault): void;
	clear(): void;
	/** Those that may still strike. */
	list(): readonly Armed[];
	remove(id: number): void;
	/** The first live fault of that name that matches; uses up one strike. */
	take<N extends FaultName>(name: N, site: FaultSite): FaultOf<N> | undefined;
	/** As `take`, for the first of several names. */
	takeAny<N extends FaultName>(names: readonly N[], site: FaultSite): FaultOf<N> | undefined;
}

/**
 * @param deployments ids that a fault may be limited to
 * @throws RangeError when the fault, a parameter, a route or a deployment is unknown, or a value does not fit
 */
export function createFaultBox(
	initial: readonly Fault[] = [],
	deployments: { has(id: string): boolean; keys(): Iterable<string> },
): FaultBox {
	let armed: Armed[] = [];
	let injected = 0;

	const inject = (fault: Fault): void => {
		if (!Object.hasOwn(FAULT_TABLE, fault.name)) {
			throw new RangeError(unknownName('fault', String(fault.name), Object.keys(FAULT_TABLE)));
		}
		refuseUnknown(fault);
		const { deployment_id: id } = fault;
		if (id !== undefined && !deployments.has(id)) {
			const known = [...deployments.keys()];
			throw new RangeError(`Fault ${fault.name}: ${unknownName('deployment', id, known)}`);
		}
		const { times = FAULT_TABLE[fault.name].times, after = 0 } = fault;
		injected += 1;
		armed.push({ id: injected, fault, left: times, skip: after });
	};

	const takeAny = <N extends FaultName>(
		names: readonly N[],
		site: FaultSite,
	): FaultOf<N> | undefined => {
		for (const entry of armed) {
			if (!isOneOf(entry.fault, names) || entry.left <= 0 || !strikes(entry.fault, site)) continue;
			if (entry.skip > 0) {
				entry.skip -= 1;
				continue;
			}
			entry.left -= 1;
			return entry.fault;
		}
		return undefined;
	};

	for (const fault of initial) inject(fault);
	return {
		inject,
		clear: () => {
			armed = [];
		},
		list: () => armed.filter(({ left }) => left > 0),
		remove: (id) => {
			armed = armed.filter((one) => one.id !== id);
		},
		take: (name, site) => takeAny([name], site),
		takeAny,
	};
}

/** What every fault may have besides its name and `on`. */
export const MATCH_PARAMS = {
	times: 'number',
	after: 'number',
	deployment_id: 'text',
	request_id: 'text',
} as const satisfies Record<string, ParamKind>;

function refuseUnknown({ name, on, ...given }: Fault): void {
	const known: Record<string, ParamKind> = { ...FAULT_PARAMS[name], ...MATCH_PARAMS };
	for (const [key, value] of Object.entries(given)) {
		const kind = Object.hasOwn(known, key) ? known[key] : undefined;
		if (kind === undefined) {
			const names = [...Object.keys(known), 'on'];
			throw new RangeError(`Fault ${name}: ${unknownName('parameter', key, names)}`);
		}
		const problem = value === undefined ? undefined : paramProblem(kind, value);
		if (problem !== undefined) {
			throw new RangeError(`Fault ${name}: "${key}" ${problem}, not ${String(value)}.`);
		}
	}
	for (const target of [on ?? []].flat()) {
		if (isTarget(target)) continue;
		throw new RangeError(`Fault ${name}: ${unknownName('route', String(target), FAULT_TARGETS)}`);
	}
}

function isOneOf<N extends FaultName>(
	fault: Fault,
	names: readonly N[],
): fault is Fault & FaultOf<N> {
	return (names as readonly FaultName[]).includes(fault.name);
}

function strikes(fault: Fault, site: FaultSite): boolean {
	if (fault.deployment_id !== undefined && fault.deployment_id !== site.deploymentId) return false;
	if (fault.request_id !== undefined && fault.request_id !== site.requestId) return false;
	const targets = fault.on ?? FAULT_TABLE[fault.name].on;
	return [targets].flat().some((target) => covers(target, site.target));
}

function covers(target: FaultTarget, site: FaultTarget): boolean {
	if (target === '*') return site !== 'webhook';
	return target === site || site.startsWith(`${target}.`);
}
