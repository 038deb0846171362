import type { Client } from '../http/client';
import type { Notes } from '../request/receipt';
import { checkWebhook } from '../request/webhookUrl';
import type { SubmitInput } from '../target/body';
import type { WorkflowApiJson } from '../workflow/graph';
import type { KnownWorkflow, WorkflowReader } from '../workflow/load';
import { fitAsDeclared, fitWorkflow, knownNodes, specIn } from '../workflow/node';
import {
	mergeOverrides,
	type Overrides,
	overridesFromRows,
	withOverrides,
} from '../workflow/overrides';
import { checkByNewest, findProblems } from './check';
import { checkComplete } from './checkComplete';
import { addChoiceDefaults } from './choiceDefaults';
import type { Draft, FieldValue, PlacedFile } from './draft';
import {
	changeInputs,
	embed,
	embedAs,
	type FileRules,
	PLACEHOLDER,
	readBytes,
	readFiles,
	refuseTwoForOne,
} from './files';
import { refuse, wrongMode } from './findings';
import { checkPartnerKey, outputNodesOf, partnerNodesIn, whySentWhole } from './notes';
import { placeFiles } from './places';
import { addWishes, drawSeeds, graphSeeds, savedSeeds, warnOfUndrawn } from './seeds';
import { fitFields, warnOfChanges } from './values';

export interface PrepareOptions {
	/** Asks for the workflow that will run. Without it nothing is checked. */
	read?: WorkflowReader | undefined;
	check?: boolean | undefined;
}

export interface Prepared {
	/** Reads the files, which a submit does when it is its turn. */
	withFiles(): Promise<Submission>;
}

export interface Submission {
	input: SubmitInput;
	/** The workflow that will run, if it is known: it names the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/**
 * Makes a submit of what a user set, and compares it with the workflow before anything is paid for.
 * First comes what can be checked without asking RunComfy.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists all that does not fit)
 */
export async function prepare(
	client: Client,
	draft: Draft,
	{ read, check = true }: PrepareOptions = {},
): Promise<Prepared> {
	const { deploymentId, workflow: source, randomSeeds } = draft;
	const { extraData, webhook } = draft;
	const { toBase64, labels } = client.host;
	if (webhook !== undefined) checkWebhook(client, webhook);
	const given = await embedGiven(draft, { toBase64, warnings: [] });
	const graph = source && graphSeeds(source, randomSeeds);
	const workflowApiJson = graph?.workflow;
	const choice = { deploymentId, workflowApiJson };
	const files = await placeFiles(draft.files ?? [], choice, read);
	refuseTwoForOne(files);
	const drawsSaved = randomSeeds === true && !graph;
	const look = async (known: KnownWorkflow, seeded = known) => {
		const whole = workflowApiJson && known.workflow;
		const wishes = graph?.wishes ?? (drawsSaved ? savedSeeds(seeded.workflow ?? {}) : {});
		const rules = { toBase64, warnings: [] };
		const fitted = await fit({ ...draft, ...given, files, wishes, seeded }, whole, known, rules);
		const ran = { ...seeded, workflow: workflowApiJson ?? seeded.workflow };
		const undrawn = randomSeeds === true ? warnOfUndrawn(fitted.seeds, ran) : [];
		return {
			...fitted,
			findings: [...fitted.findings, ...checkPartnerKey(client, draft, known)],
			warnings: [...fitted.warnings, ...undrawn],
		};
	};
	const lookUnchecked = async () => {
		const seeded = drawsSaved && read ? await read(choice) : UNCHECKED;
		return { ...(await look(UNCHECKED, seeded)), known: UNCHECKED };
	};
	const { known, findings, overrides, seeds, warnings, byNewest } =
		read && check ? await checkByNewest(read, choice, look) : await lookUnchecked();
	if (known.lora === 'certain') throw wrongMode(deploymentId, 'lora', labels);
	refuse(findings, labels);
	return {
		async withFiles() {
			const nodeOf = knownNodes(known, overrides);
			const embedded = await readFiles(files, ({ nodeId, input }) => {
				const node = nodeOf(nodeId);
				return node && specIn(node, input);
			});
			const all = [...(draft.warnings ?? []), ...given.warnings, ...known.warnings];
			const workflow = known.workflow ?? workflowApiJson;
			const outputNodes = workflow ? outputNodesOf(workflow, known.info) : [];
			const changes = mergeOverrides(overrides, embedded.overrides);
			return {
				input: {
					deploymentId,
					overrides: changes,
					extraData,
					webhook,
					// With inputs at each node: ComfyUI refuses one without.
					workflowApiJson:
						workflow && (byNewest || workflowApiJson) ? fitWorkflow(workflow, {}) : undefined,
					...partnerNodesIn(client, known),
				},
				workflow,
				notes: {
					warnings: [...all, ...warnings, ...embedded.warnings],
					...(Object.keys(seeds).length > 0 ? { seeds } : {}),
					...(outputNodes.length > 0 ? { outputNodes } : {}),
				},
			};
		},
	};
}

const UNCHECKED: KnownWorkflow = { info: {}, warnings: [] };

/** Values that are clearly files become data URIs at once, so that a large one is refused before any call. */
async function embedGiven({ fields: given = [], overrides = {} }: Draft, rules: FileRules) {
	const fields: FieldValue[] = [];
	for (const field of given) {
		fields.push({ ...field, value: await embed(field.value, field.label, rules) });
	}
	const rest = await changeInputs(overrides, (value, label) => embed(value, label, rules));
	return { fields, overrides: rest, warnings: rules.warnings };
}

/**
 * What becomes of the values with this workflow. `wishes`: the seeds to draw unless the user sets them;
 * `seeded`: the workflow that they are in, which may be known even if nothing is compared with it.
 */
async function fit(
	given: Required<Pick<Draft, 'fields' | 'overrides'>> &
		Pick<Draft, 'untouched'> & {
			files: readonly PlacedFile[];
			wishes: Overrides;
			seeded: KnownWorkflow;
		},
	workflowApiJson: WorkflowApiJson | undefined,
	known: KnownWorkflow,
	rules: FileRules,
) {
	const { files, untouched = [], wishes, seeded } = given;
	const { rows, findings } = await fitFields(given.fields, known, rules, given.overrides);
	const { workflow, info } = known;
	const set = mergeOverrides(overridesFromRows(rows), given.overrides);
	const fitted = await fitJson(set, given.overrides, known, rules);
	const chosen = addChoiceDefaults(fitted, workflow, info);
	const wished = addWishes(chosen.overrides, wishes, seeded);
	const { overrides, seeds } = drawSeeds(wished, seeded.workflow, seeded.info);
	const places = files.map(({ nodeId, input }) => ({ nodeId, input, value: PLACEHOLDER }));
	const withFiles = mergeOverrides(overrides, overridesFromRows(places));
	const whole = workflow ? whySentWhole(workflow, withFiles) : [];
	const isNotSet = ({ nodeId, input }: Pick<FieldValue, 'nodeId' | 'input'>) =>
		!Object.hasOwn(overrides[nodeId]?.inputs ?? {}, input);
	return {
		overrides,
		seeds,
		byNewest: whole.length > 0,
		findings: [...findings, ...findProblems({ workflowApiJson, overrides: withFiles }, known)],
		warnings: [
			...warnOfChanges(untouched.filter(isNotSet), known),
			...rules.warnings,
			...chosen.warnings,
			...whole,
			...(workflow ? checkComplete(withOverrides(workflow, withFiles), info).warnings : []),
		],
	};
}

/** Everything that is set, with values from JSON converted to the types of the workflow. */
function fitJson(
	set: Overrides,
	json: Overrides,
	known: KnownWorkflow,
	rules: FileRules,
): Promise<Overrides> {
	const nodeOf = knownNodes(known, set);
	return changeInputs(set, async (value, label, nodeId, input) => {
		const node = nodeOf(nodeId);
		const given = Object.hasOwn(json, nodeId) ? json[nodeId]?.inputs : undefined;
		if (!given || !Object.hasOwn(given, input)) return value;
		const spec = node && specIn(node, input);
		const plain = await readBytes(value, { input, label, spec }, rules);
		if (!node || !spec) return plain;
		return embedAs(spec.kind, fitAsDeclared(node, input, plain), label, rules);
	});
}
