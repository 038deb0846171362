import { invalidInput, RunComfyError } from '../../../errors';
import { shorten } from '../../../text';

export interface ConversionProblem {
	/** As in the graph that runs: "10:7" is node 7 in the subgraph of node 10. */
	nodeId: string;
	title: string;
	classType: string;
	/** Goes on after the name of the node. */
	reason: string;
}

const EXPORT =
	'In ComfyUI choose Workflow > Export (API), and give that file: it needs no conversion.';

const FEW = 10;

export function notConverted(problems: readonly ConversionProblem[]): RunComfyError {
	const list = problems.slice(0, FEW).map(describe).join('; ');
	const more = problems.length > FEW ? `; and ${problems.length - FEW} more` : '';
	const nodes = problems.length === 1 ? 'a node' : `${problems.length} nodes`;
	return new RunComfyError(
		'invalid_input',
		`The workflow is in ComfyUI’s editor format, and ${nodes} of it cannot be converted: ${list}${more}`,
		{ hint: EXPORT, details: { problems } },
	);
}

function describe({ nodeId, title, classType, reason }: ConversionProblem): string {
	const [shown, kind] = [shorten(title, LONGEST), shorten(classType, LONGEST)];
	const name = title === classType ? shown : `${shown} (${kind})`;
	return `${nodeId} · ${name} ${reason}`;
}

const LONGEST = 60;

export function cannotConvert(why: string): RunComfyError {
	return invalidInput(
		`The workflow is in ComfyUI’s editor format and cannot be converted: ${why}`,
		EXPORT,
	);
}
