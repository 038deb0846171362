import type { Finding } from '../comfyui/findings';
import { nodeOf, type WorkflowApiJson } from '../comfyui/graph';
import { mergeOverrides, type Overrides } from '../comfyui/overrides';
import type { Client } from '../http/client';
import { asObject, compact } from '../json/objects';
import type { Notes } from '../request/receipt';
import { checkWebhook } from '../request/webhookUrl';
import type { SubmitInput } from '../service/body';
import { kindOf } from '../service/kinds';
import { checkTarget, type Target } from '../service/ref';
import { listFew, valueText } from '../text';
import { type Draft, goesByName } from './draft';
import { groupFiles, type PlacedFiles, placeFiles, readFiles, withPlaceholders } from './files';
import { refuse } from './refuse';
import { addSeeds } from './seeds';
import type { ReadOptions, Takes, TakesReader } from './takes';
import { readNamed } from './takesByName';
import { readNodes } from './takesByNode';
import { embedDraft, fitDraft, withoutFiles } from './values';

/** A checked draft. */
export interface Prepared {
	/** What it will be submitted to. */
	target: Target;
	/** Reads the files. A submit does so when it is its turn. */
	withFiles(): Promise<Submission>;
}

/** Everything that one submit sends, files included. */
interface Submission {
	input: SubmitInput;
	/** The workflow that will run, if it is known: it names the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/**
 * Makes a submit of what a user set, and compares it with the workflow or the model before anything is paid for.
 * First comes what can be checked without asking RunComfy.
 * @throws RunComfyError `invalid_input`, `aborted`; `invalid_overrides` lists all that does not fit the workflow;
 * `not_found` for a model that RunComfy does not have
 */
export async function prepare(
	client: Client,
	draft: Draft,
	options: ReadOptions = {},
): Promise<Prepared> {
	const checked = await compare(client, draft, options);
	const { target, findings, takes } = checked;
	refuse(findings, takes.byName, client.host.labels);
	return { target, withFiles: () => complete(draft, checked) };
}

/**
 * What `prepare` would refuse, and what it would warn of. Submits nothing.
 * @throws RunComfyError `aborted`; `invalid_input` for an id that cannot be one, or a target that takes its inputs the
 * other way
 */
export async function checkSubmit(
	client: Client,
	draft: Draft,
	options: ReadOptions = {},
): Promise<{ findings: Finding[]; warnings: string[]; base_price?: string }> {
	const { findings, takes, notes } = await compare(client, draft, options);
	const { base_price } = takes.notes();
	return { findings, warnings: notes.warnings, ...compact({ base_price }) };
}

/** What is sent, but for the files, and everything in it that does not fit what the target takes. */
interface Compared {
	target: Target;
	takes: Takes;
	overrides: Overrides;
	files: readonly PlacedFiles[];
	findings: Finding[];
	/** Whether the workflow is sent along, with the overrides in it. */
	sentWhole: boolean;
	notes: Notes;
}

async function compare(client: Client, given: Draft, options: ReadOptions): Promise<Compared> {
	const { host } = client;
	const target = checkTarget(given.target);
	const draft = { ...given, target };
	if (draft.webhook !== undefined) checkWebhook(client, draft.webhook);
	const notes: Notes = { warnings: [...(draft.warnings ?? [])] };
	const set = embedDraft(draft, { toBase64: host.toBase64, notes });
	const read: TakesReader = (how) => {
		const readTakes = goesByName(draft) ? readNamed : readNodes;
		return readTakes(client, draft, options, { fresh: false, check: true, ...how });
	};
	const files = await placeFiles(draft.files ?? [], read);
	return byNewest(read, options, (takes) => {
		const own: Notes = { warnings: [...notes.warnings, ...takes.warnings] };
		const fitted = fitDraft(withoutFiles(set, files), takes, {
			toBase64: host.toBase64,
			notes: own,
		});
		const chosen = takes.withDefaults(fitted.overrides, own);
		const overrides = addSeeds(chosen, takes, draft.randomSeeds === true, own);
		const placed = groupFiles(files, takes.inputs(overrides));
		const all = withPlaceholders(overrides, placed);
		const { findings, warnings, sentWhole } = takes.check(all, set.labels);
		own.warnings.push(...warnings);
		const more = findings.filter((one) => !isTold(one, fitted.findings));
		const found = [...fitted.findings, ...more];
		return { target, takes, overrides, files: placed, findings: found, sentWhole, notes: own };
	});
}

/** What was refused is not among the inputs, so it would also be reported as missing. */
function isTold({ path, problem }: Finding, told: readonly Finding[]): boolean {
	if (problem !== 'missing_input') return false;
	return told.some((one) => one.path === path || one.path.startsWith(`${path}.`));
}

/**
 * Compares with what is cached, and with the newest before anything is refused: a user who has just fixed a deployment
 * must not have to wait until the cache forgets it; nor is a workflow sent along that may be old.
 */
async function byNewest(
	read: TakesReader,
	{ check = true }: ReadOptions,
	compareWith: (takes: Takes) => Compared,
): Promise<Compared> {
	const takes = await read({ check });
	const compared = compareWith(takes);
	const certain = compared.findings.length === 0 && !compared.sentWhole;
	return certain || !takes.cached ? compared : compareWith(await read({ check, fresh: true }));
}

/** Reads the files of a checked draft, and makes a submit of it. @throws RunComfyError that names the file */
async function complete(draft: Draft, compared: Compared): Promise<Submission> {
	const { target, takes, overrides, files, sentWhole } = compared;
	const notes: Notes = { ...compared.notes, ...takes.notes() };
	notes.warnings = [...notes.warnings, ...warnOfChanges(draft, compared)];
	const read = await readFiles(files, notes);
	const { extraData, webhook } = draft;
	const all = mergeOverrides(overrides, read);
	const parts = { overrides: all, extraData, webhook, ...takes.parts(sentWhole) };
	return {
		input: kindOf(target).input(target, takes.byName, parts),
		workflow: takes.workflow,
		notes,
	};
}

function warnOfChanges({ untouched = [] }: Draft, { takes, overrides }: Compared): string[] {
	const { workflow } = takes;
	const changed = untouched.flatMap(({ nodeId, input, also = [], label, value }) => {
		const open = [{ nodeId, input }, ...also].filter(
			(one) => !Object.hasOwn(overrides[one.nodeId]?.inputs ?? {}, one.input),
		);
		const saved = open.flatMap((one) => {
			const now = workflow && asObject(nodeOf(workflow, one.nodeId)?.inputs)[one.input];
			return now === undefined ? [] : [valueText(now)];
		});
		const isSame = saved.length === 0 || saved.includes(String(value));
		return isSame ? [] : [`${label} is ${saved[0]} now`];
	});
	if (changed.length === 0) return [];
	return [
		`The deployment has changed since its form was loaded, and runs with its new values: ${listFew(changed)}. Choose the deployment again to see them.`,
	];
}
