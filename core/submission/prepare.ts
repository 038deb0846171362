import type { Finding } from '../comfyui/findings';
import { nodeOf, type WorkflowApiJson } from '../comfyui/graph';
import { savedOf } from '../comfyui/knownGraph';
import { isSet, mapInputs, mergeOverrides, type Overrides } from '../comfyui/overrides';
import type { Client } from '../http/client';
import type { Notes } from '../request/receipt';
import { checkWebhook } from '../request/webhookUrl';
import type { SubmitInput } from '../service/body';
import { kindOf } from '../service/kinds';
import { checkTarget, type Target } from '../service/ref';
import { listFew, valueText } from '../text';
import type { Draft } from './draft';
import { groupFiles, type PlacedFiles, placeFiles, readFiles, withPlaceholders } from './files';
import { readTakes } from './readTakes';
import { refuse } from './refuse';
import { addSeeds } from './seeds';
import type { ReadOptions, Takes, TakesReader } from './takes';
import { checkAddresses, embedDraft, fitDraft, withoutFiles } from './values';

/** A draft that passed the checks. */
export interface Prepared {
	/** Where the draft will be submitted. */
	target: Target;
	/** Reads the files. Called only when the request is about to be submitted. */
	withFiles(): Promise<Submission>;
}

/** Everything that one submit sends, files included. */
export interface Submission {
	input: SubmitInput;
	/** The workflow that will run, if known. Errors of a failed run get their node names from this workflow. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/**
 * Turns a draft into a submit, after comparing it with the workflow or the model so that mistakes cost nothing.
 * Checks that need no call to RunComfy come first.
 * @throws RunComfyError `invalid_input`, `aborted`; `invalid_overrides`, which lists every input that does not fit
 * the workflow; `not_found` for a model that RunComfy does not have
 */
export async function prepare(
	client: Client,
	draft: Draft,
	options: ReadOptions = {},
): Promise<Prepared> {
	const checked = await compare(client, draft, options);
	const { target, findings, takes } = checked;
	refuse(findings, takes.byName, client.host.labels);
	return { target, withFiles: () => complete(draft, checked, client) };
}

/** A checked draft: everything to send except the contents of files, plus the findings. */
interface Compared {
	target: Target;
	takes: Takes;
	overrides: Overrides;
	files: readonly PlacedFiles[];
	findings: Finding[];
	/** Whether the whole workflow must be sent, with the overrides applied to it. */
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
	const read: TakesReader = (how) =>
		readTakes(client, draft, options, { fresh: false, check: true, ...how });
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
		const isPublic = !client.allowPrivate && options.check !== false;
		const sent = mergeOverrides(
			mapInputs(draft.workflow ?? {}, (value) => value),
			all,
		);
		const away = isPublic ? checkAddresses(sent, takes.inputs(all), set.labels) : [];
		const more = findings.filter((one) => !isTold(one, fitted.findings));
		const found = [...fitted.findings, ...away, ...more];
		return { target, takes, overrides, files: placed, findings: found, sentWhole, notes: own };
	});
}

/** A refused value is left out of the inputs, so the check would also report that input as missing. */
function isTold({ path, problem }: Finding, told: readonly Finding[]): boolean {
	if (problem !== 'missing_input') return false;
	return told.some((one) => one.path === path || one.path.startsWith(`${path}.`));
}

/**
 * Compares a draft with the cached target first, and with a fresh copy before anything is refused: a user who has
 * just fixed a deployment must not have to wait for the cache to expire. A workflow that must be sent whole is also
 * read again, so that no outdated copy is sent.
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

/** Reads the files of a checked draft and builds the submit. @throws RunComfyError, naming the file */
async function complete(
	draft: Draft,
	compared: Compared,
	{ allowPrivate }: Client,
): Promise<Submission> {
	const { target, takes, overrides, files, sentWhole } = compared;
	const notes: Notes = { ...compared.notes, ...takes.notes() };
	notes.warnings = [...notes.warnings, ...warnOfChanges(draft, compared)];
	const read = await readFiles(files, notes, allowPrivate);
	const { webhook } = draft;
	const all = mergeOverrides(overrides, read);
	const parts = { overrides: all, webhook, ...takes.parts(sentWhole) };
	return {
		input: kindOf(target).input(target, takes.byName, parts),
		workflow: takes.workflow,
		notes,
	};
}

function warnOfChanges({ untouched = [] }: Draft, { takes, overrides }: Compared): string[] {
	const { workflow } = takes;
	const changed = untouched.flatMap(({ nodeId, input, also = [], label, value }) => {
		const unset = [{ nodeId, input }, ...also].filter((one) => !isSet(overrides, one));
		const saved = unset.flatMap((one) => {
			const node = workflow && nodeOf(workflow, one.nodeId);
			const now = node && savedOf(node, one.input);
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
