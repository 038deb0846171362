import type { Fault, FaultName, FaultOf, FaultTarget } from './fault-table.cjs';
import { FAULT_PARAMS, FAULT_TABLE, isTarget } from './fault-table.cjs';

/** What a fault is matched against. */
export interface FaultSite {
	target: FaultTarget;
	deploymentId?: string | undefined;
	requestId?: string | undefined;
}

interface Armed {
	fault: Fault;
	left: number;
	skip: number;
}

export interface FaultBox {
	inject(fault: Fault): void;
	clear(): void;
	/** The first live fault of that name that matches; uses up one strike. */
	take<N extends FaultName>(name: N, site: FaultSite): FaultOf<N> | undefined;
	/** As `take`, for the first of several names. */
	takeAny<N extends FaultName>(names: readonly N[], site: FaultSite): FaultOf<N> | undefined;
}

/** @throws RangeError when the fault, a parameter or a route is unknown, or a count is not a number ≥ 0. */
export function createFaultBox(initial: readonly Fault[] = []): FaultBox {
	let armed: Armed[] = [];

	const inject = (fault: Fault): void => {
		if (!Object.hasOwn(FAULT_TABLE, fault.name)) {
			const known = Object.keys(FAULT_TABLE).join(', ');
			throw new RangeError(`Unknown fault "${String(fault.name)}". Known faults: ${known}.`);
		}
		refuseUnknown(fault);
		const left = fault.times ?? FAULT_TABLE[fault.name].times;
		const skip = fault.after ?? 0;
		if (!(left >= 0) || !(skip >= 0)) {
			throw new RangeError(`Fault ${fault.name}: "times" and "after" must be numbers ≥ 0.`);
		}
		armed.push({ fault, left, skip });
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
		take: (name, site) => takeAny([name], site),
		takeAny,
	};
}

const MATCH_KEYS = ['name', 'on', 'times', 'after', 'deployment_id', 'request_id'];

function refuseUnknown(fault: Fault): void {
	const params = FAULT_PARAMS[fault.name] ?? [];
	const unknown = Object.keys(fault).find((key) => ![...MATCH_KEYS, ...params].includes(key));
	if (unknown !== undefined) {
		const known = [...params, ...MATCH_KEYS.slice(1)].join(', ');
		throw new RangeError(`Fault ${fault.name} has no "${unknown}". It has: ${known}.`);
	}
	const targets: string[] = [fault.on ?? []].flat();
	const stray = targets.find((target) => !isTarget(target));
	if (stray !== undefined)
		throw new RangeError(`Fault ${fault.name}: there is no route "${stray}".`);
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
