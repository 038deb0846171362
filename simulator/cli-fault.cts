import { PRESET_DEPLOYMENTS } from './deployments/store.cjs';
import type { Fault, FaultName } from './fault-table.cjs';
import {
	FAULT_TABLE,
	FAULT_TARGETS,
	isFaultName,
	isTarget,
	MATCH_PARAMS,
	plainFault,
} from './fault-table.cjs';
import type { ParamKind } from './params.cjs';
import { paramsProblem, readParam, unknownName } from './params.cjs';

/** Something on the command line that cannot be understood. */
export class UsageError extends Error {}

/** Reads `name[@route][:times][?parameter=value&…]`. @throws UsageError */
export function readFault(text: string): Fault {
	const refuse = (reason: string): never => {
		throw new UsageError(`--fault ${text}: ${reason}`);
	};
	const match =
		/^(?<name>[\w-]+)(@(?<route>[\w.*]+))?(:(?<times>\d+|always))?(\?(?<params>.*))?$/.exec(text);
	if (match === null) refuse('must be name[@route][:times][?parameter=value&…].');
	const { name = '', route, times, params = '' } = match?.groups ?? {};
	const snake = name.replaceAll('-', '_');
	if (!isFaultName(snake)) return refuse(unknownName('fault', name, Object.keys(FAULT_TABLE)));
	if (route !== undefined && !isTarget(route)) {
		return refuse(unknownName('route', route, FAULT_TARGETS));
	}
	return plainFault(snake, {
		...(route !== undefined && { on: route }),
		...(times !== undefined && { times: times === 'always' ? Infinity : Number(times) }),
		...readParams(snake, params, refuse),
	});
}

function readParams(
	name: FaultName,
	params: string,
	refuse: (reason: string) => never,
): Record<string, unknown> {
	const known: Record<string, ParamKind> = { ...FAULT_TABLE[name].params, ...MATCH_PARAMS };
	const given = Object.fromEntries(
		[...new URLSearchParams(params)].map(([key, text]) => [key, readParam(known[key], text)]),
	);
	const problem = paramsProblem('parameter', given, known);
	if (problem !== undefined) refuse(problem);
	const { deployment_id: id } = given;
	return typeof id === 'string' ? { ...given, deployment_id: deploymentId(id, refuse) } : given;
}

function deploymentId(text: string, refuse: (reason: string) => never): string {
	const found = PRESET_DEPLOYMENTS.find((one) => Object.values(one).includes(text));
	const names = PRESET_DEPLOYMENTS.flatMap(({ name, key }) => [name, key]);
	return found?.id ?? refuse(unknownName('deployment', text, [...new Set(names)]));
}

export function printFaults(print: (line: string) => void): void {
	for (const [name, { on, times, what }] of Object.entries(FAULT_TABLE)) {
		const often = times === Infinity ? 'always' : `${times}×`;
		print(`${name.padEnd(24)}${[on].flat().join(',').padEnd(24)}${often.padEnd(8)}${what}`);
	}
	print(
		`\nEvery fault takes @route, :times, after, deployment_id and model_id. Routes: ${FAULT_TARGETS.join(', ')}.`,
	);
	print('Words in backquotes are parameters, with their default in brackets.');
}
