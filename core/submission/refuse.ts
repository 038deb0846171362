import type { Finding } from '../comfyui/findings';
import { giveByName } from '../deployments/lora';
import { type ErrorCode, RunComfyError } from '../errors';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import type { Draft } from './draft';
import type { Takes } from './takes';

/** A draft with its findings. */
interface Refused {
	findings: readonly Finding[];
	/** Whether one of them is about an input that takes files. */
	aboutFile: boolean;
	takes: Takes;
}

/**
 * @throws RunComfyError `invalid_overrides`, or `invalid_input` for named inputs; `details.findings` has all
 * findings
 */
export function refuse(
	{ findings, takes, aboutFile }: Refused,
	{ client, draft: { files } }: { client: Client; draft: Draft },
): void {
	const { length } = findings;
	if (length === 0) return;
	const { labels } = client.host;
	const ways = files?.ways() ?? 'the file itself, a URL or a data URI';
	const correct = `Correct the inputs.${aboutFile ? ` Give a file as ${ways}.` : ''}`;
	if (takes.facts.byName) {
		const what = length === 1 ? 'An input does not fit' : `${length} inputs do not fit`;
		throw refusal('invalid_input', what, findings, correct, labels);
	}
	if (findings.every(({ problem }) => problem === 'no_partner_key')) throw withoutKey(findings);
	const [what, whats] = findings.some(({ problem }) => OF_GRAPH.includes(problem))
		? ['The workflow cannot run', 'problems in the workflow']
		: ['An input does not fit the workflow', 'inputs do not fit the workflow'];
	const message = length === 1 ? what : `${length} ${whats}`;
	throw refusal('invalid_overrides', message, findings, correct, labels);
}

function refusal(
	code: ErrorCode,
	what: string,
	findings: readonly Finding[],
	correct: string,
	labels: HostLabels | undefined,
): RunComfyError {
	const list = findings.slice(0, MOST_TOLD).map(({ message }) => message);
	if (findings.length > MOST_TOLD) list.push(`and ${findings.length - MOST_TOLD} more`);
	const where = labels ? ` (${labels.checkInputs})` : '';
	const hint = `${NOTHING_SUBMITTED} ${correct} If this check is wrong, turn it off${where}.`;
	return new RunComfyError(code, `${what}: ${list.join('; ')}`, { hint, details: { findings } });
}

/** Problems of a whole workflow, rather than of one of its inputs. */
const OF_GRAPH: Finding['problem'][] = [
	...(['unknown_class', 'missing_input', 'link_type', 'cycle', 'no_output'] as const),
];

/** How many findings the message lists. */
const MOST_TOLD = 20;

/** Not `invalid_overrides`, because the inputs are correct: only the key is missing. */
function withoutKey(findings: readonly Finding[]): RunComfyError {
	const hint = `Create a key at platform.comfy.org and enter it as the Comfy.org API Key of the RunComfy account. ${NOTHING_SUBMITTED}`;
	const message = findings.map((one) => one.message).join('; ');
	return new RunComfyError('invalid_input', message, { hint, details: { findings } });
}

const NOTHING_SUBMITTED = 'Nothing was submitted and nothing is billed.';

const WRONG = {
	lora: 'This is a LoRA deployment: it has no workflow whose inputs could be set',
	not_lora: 'This deployment runs a ComfyUI workflow: it takes no inputs by name',
} as const;

const BY_NODE =
	'Set the inputs of its nodes, in JSON by node id: {"6": {"inputs": {"text": "a cat"}}}.';

/**
 * The error for inputs given by name instead of by node, or the reverse: the deployment would refuse them, or run
 * without any of them.
 */
export function wrongKind(
	deploymentId: string,
	reason: keyof typeof WRONG,
	labels: HostLabels | undefined,
): RunComfyError {
	const hint = reason === 'lora' ? giveByName(labels) : BY_NODE;
	return new RunComfyError('invalid_input', WRONG[reason], {
		deploymentId,
		hint,
		details: { reason },
	});
}
