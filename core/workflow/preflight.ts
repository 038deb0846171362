import { RunComfyError } from '../errors';
import type { Overrides, WorkflowApiJson, WorkflowNode } from '../overrides';
import { closest } from './closest';
import { isLink } from './fields';
import type { InputSpec, ObjectInfo } from './objectInfo';

export interface Finding {
	/** Such as `6.inputs.text`. */
	path: string;
	problem:
		| 'unknown_node'
		| 'unknown_input'
		| 'link_overwritten'
		| 'wrong_type'
		| 'out_of_range'
		| 'unknown_choice';
	/** For people, with the closest valid name where there is one. */
	message: string;
	suggestion?: string;
}

/**
 * Everything in the overrides that does not fit the workflow, before a cent is spent. Types, ranges
 * and choices are checked as far as `info` knows them; without it, against the saved values' types.
 */
export function checkOverrides(
	overrides: Overrides,
	workflow: WorkflowApiJson,
	info: ObjectInfo = {},
): Finding[] {
	return Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
		const node = workflow[nodeId];
		if (!node) return [unknownNode(nodeId, workflow)];
		return Object.entries(inputs).flatMap(([input, value]) =>
			checkInput({ nodeId, node, input, value, workflow, info }),
		);
	});
}

/** @throws RunComfyError `invalid_overrides` that lists every finding; `details.findings` has them. */
export function assertOverrides(
	overrides: Overrides,
	workflow: WorkflowApiJson,
	info: ObjectInfo = {},
): void {
	const findings = checkOverrides(overrides, workflow, info);
	if (findings.length === 0) return;
	const list = findings.map(({ message }) => message).join('; ');
	throw new RunComfyError(
		'invalid_overrides',
		findings.length === 1
			? `An override does not fit the workflow: ${list}`
			: `${findings.length} overrides do not fit the workflow: ${list}`,
		{
			hint: 'Nothing was submitted and nothing is billed. Correct the overrides, or update the deployment if its workflow has changed.',
			details: { findings },
		},
	);
}

interface Place {
	nodeId: string;
	node: WorkflowNode;
	input: string;
	value: unknown;
	workflow: WorkflowApiJson;
	info: ObjectInfo;
}

function checkInput(place: Place): Finding[] {
	const { node, input, value, workflow, info } = place;
	const inputs = node.inputs ?? {};
	if (!(input in inputs)) return [unknownInput(place, Object.keys(inputs))];
	const saved = inputs[input];
	if (isLink(value, workflow)) return [];
	if (isLink(saved, workflow)) {
		return [
			finding(
				place,
				'link_overwritten',
				`is fed by node ${saved[0]} and takes no value of its own; override an input of that node instead`,
			),
		];
	}
	const spec = info[node.class_type]?.[input];
	return spec ? checkValue(place, spec) : checkAgainstSaved(place, saved);
}

function unknownNode(nodeId: string, workflow: WorkflowApiJson): Finding {
	const ids = Object.keys(workflow);
	const byTitle = ids.find(
		(id) => workflow[id]?._meta?.title === nodeId || workflow[id]?.class_type === nodeId,
	);
	const suggestion = byTitle ?? closest(nodeId, ids);
	return {
		path: nodeId,
		problem: 'unknown_node',
		message: `the workflow has no node "${nodeId}"${didYouMean(suggestion)}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

function unknownInput(place: Place, known: string[]): Finding {
	const suggestion = closest(place.input, known);
	const message = `node ${place.nodeId} (${place.node.class_type}) has no input "${place.input}"${didYouMean(suggestion)}`;
	return {
		path: pathOf(place),
		problem: 'unknown_input',
		message: suggestion ? message : `${message}; it has ${known.join(', ') || 'none'}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

const TYPES: Record<InputSpec['kind'], { wants: string; fits: (value: unknown) => boolean }> = {
	string: { wants: 'a text', fits: (value) => typeof value === 'string' },
	media: {
		wants: 'a web address or a data URI',
		fits: (value) => typeof value === 'string' && value !== '',
	},
	integer: {
		wants: 'a whole number',
		fits: (value) => typeof value === 'bigint' || Number.isInteger(value),
	},
	float: {
		wants: 'a number',
		fits: (value) => typeof value === 'bigint' || Number.isFinite(value),
	},
	boolean: { wants: 'true or false', fits: (value) => typeof value === 'boolean' },
	choice: { wants: 'one of its choices', fits: () => true },
};

function checkValue(place: Place, spec: InputSpec): Finding[] {
	const { value } = place;
	const type = TYPES[spec.kind];
	if (!type.fits(value)) return [wrongType(place, type.wants)];
	if (spec.kind === 'choice') return checkChoice(place, spec.choices ?? []);
	if (typeof value !== 'number' && typeof value !== 'bigint') return [];
	const low = spec.min !== undefined && value < spec.min;
	const high = spec.max !== undefined && value > spec.max;
	if (!low && !high) return [];
	const range = low ? `at least ${spec.min}` : `at most ${spec.max}`;
	return [finding(place, 'out_of_range', `must be ${range}, not ${value}`)];
}

function checkChoice(place: Place, choices: ReadonlyArray<string | number | boolean>): Finding[] {
	// An empty list says that the machine had no such files when it was asked, not that none is valid.
	if (choices.length === 0 || choices.some((choice) => choice === place.value)) return [];
	const names = choices.map(String);
	const suggestion = closest(String(place.value), names);
	const few = names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
	return [
		{
			...finding(
				place,
				'unknown_choice',
				`has no choice "${show(place.value)}"${suggestion ? didYouMean(suggestion) : `; choices are ${few}`}`,
			),
			...(suggestion === undefined ? {} : { suggestion }),
		},
	];
}

// Saved values tell text, number and boolean apart, and no more.
function checkAgainstSaved(place: Place, saved: unknown): Finding[] {
	const [is, wants] = [basicType(place.value), basicType(saved)];
	if (is === wants || wants === 'other') return [];
	return [wrongType(place, BASIC_WANTS[wants])];
}

type BasicType = 'string' | 'number' | 'boolean' | 'other';

const BASIC_WANTS: Record<Exclude<BasicType, 'other'>, string> = {
	string: 'a text',
	number: 'a number',
	boolean: 'true or false',
};

function basicType(value: unknown): BasicType {
	const type = typeof value === 'bigint' ? 'number' : typeof value;
	return type === 'string' || type === 'number' || type === 'boolean' ? type : 'other';
}

function wrongType(place: Place, wants: string): Finding {
	return finding(place, 'wrong_type', `takes ${wants}, not ${show(place.value)}`);
}

function finding(place: Place, problem: Finding['problem'], what: string): Finding {
	return {
		path: pathOf(place),
		problem,
		message: `input "${place.input}" of node ${place.nodeId} (${place.node.class_type}) ${what}`,
	};
}

function pathOf({ nodeId, input }: Place): string {
	return `${nodeId}.inputs.${input}`;
}

function didYouMean(suggestion: string | undefined): string {
	return suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
}

function show(value: unknown): string {
	const text =
		typeof value === 'string'
			? `"${value}"`
			: typeof value === 'object'
				? 'an object'
				: String(value);
	return value === null ? 'nothing' : text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
