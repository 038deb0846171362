import type { Finding } from '../comfyui/findings';
import type { WorkflowApiJson } from '../comfyui/graph';
import { groupRows, type OverrideRow, type Overrides } from '../comfyui/overrides';
import type { Client } from '../http/client';
import { checkTarget } from '../http/paths';
import type { SubmitInput } from '../request/input';
import type { Notes } from '../request/receipt';
import { checkWebhook } from '../request/webhookUrl';
import type { Target } from '../target';
import type { Draft, FileRef } from './draft';
import { byInput, type Given, labelled, labelsOf, pathOf, valuesIn } from './given';
import { intoInput } from './intoInput';
import { readTakes } from './readTakes';
import { refuse } from './refuse';
import type { ReadOptions, Takes } from './takes';

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
	const { check = true } = options;
	const target = checkTarget(draft.target);
	if (draft.webhook !== undefined) checkWebhook(client, draft.webhook);
	// Before anything is awaited: what is set counts as it is now.
	const set = { client, draft, target, check, given: byInput(valuesIn(draft)) };
	const read = (fresh: boolean) =>
		readTakes(client, { ...draft, target }, options, { fresh, check });
	const compared = await compareNewest(set, read);
	refuse(compared, set);
	return { target, withFiles: () => complete(set, compared) };
}

/** What is to be submitted. */
interface ToSend {
	client: Client;
	draft: Draft;
	target: Target;
	check: boolean;
	given: readonly Given[];
}

/** A draft that has been compared with what its target takes. */
interface Compared {
	takes: Takes;
	overrides: Overrides;
	findings: Finding[];
	/** Whether the whole workflow must be sent, with the overrides applied to it. */
	sentWhole: boolean;
	/** Whether a finding is about an input that takes files. */
	aboutFile: boolean;
	/** Files that have to be read before the submit, with labels. The overrides have a placeholder instead. */
	unread: ReadonlyMap<FileRef, string>;
	notes: Notes;
}

/**
 * Compares a draft with the cached target first, and with a fresh copy before anything is refused: a user who has
 * just fixed a deployment must not have to wait for the cache to expire. A workflow that must be sent whole is also
 * read again, so that no outdated copy is sent.
 */
async function compareNewest(
	set: ToSend,
	read: (fresh: boolean) => Promise<Takes>,
): Promise<Compared> {
	const takes = await read(false);
	const compared = compare(set, takes);
	const certain = compared.findings.length === 0 && !compared.sentWhole;
	return certain || !takes.facts.cached ? compared : compare(set, await read(true));
}

/** @param read the bytes of the files that have been read */
function compare(
	{ client, draft, check, given }: ToSend,
	takes: Takes,
	read: ReadonlyMap<FileRef, Uint8Array> = new Map(),
): Compared {
	const { known } = takes.facts;
	const warnings = [...takes.facts.warnings];
	const notes: Notes = { warnings };
	const { toBase64 } = client.host;
	const unread = new Map<FileRef, string>();
	const publicOnly = check && !client.allowPrivate;
	const { files } = draft;
	const around = { toBase64, known, publicOnly, files, read, unread, warnings };
	const inputOf = takes.inputs(groupRows(given));
	const rows: OverrideRow[] = [];
	const findings: Finding[] = [];
	for (const one of given) {
		const { nodeId, input } = one;
		const { findings: found, value } = intoInput(one, inputOf(one), around);
		findings.push(...found);
		if (found.length === 0) rows.push({ nodeId, input, value });
	}
	const overrides = takes.complete(groupRows(rows), draft.randomSeeds === true, notes);
	const checked = takes.check(overrides, labelsOf(given));
	warnings.push(...checked.warnings);
	findings.push(...checked.findings.filter((one) => !isTold(one, findings)));
	const ofFiles = new Set(given.filter((one) => inputOf(one)?.spec.kind === 'media').map(pathOf));
	const aboutFile = findings.some(({ path }) => ofFiles.has(path));
	return { takes, overrides, findings, aboutFile, sentWhole: checked.sentWhole, unread, notes };
}

/** A refused value is left out of the inputs, so the check would also report that input as missing. */
function isTold({ path, problem }: Finding, told: readonly Finding[]): boolean {
	if (problem !== 'missing_input') return false;
	return told.some((one) => one.path === path || one.path.startsWith(`${path}.`));
}

/** Reads the files of a checked draft, checks them, and builds the submit. @throws RunComfyError */
async function complete(set: ToSend, before: Compared): Promise<Submission> {
	const { draft, target } = set;
	const { takes, unread } = before;
	const read = await Promise.all(
		[...unread].map(async ([file, label]) => {
			const bytes = await file.read().catch((thrown: unknown) => {
				throw labelled(label, thrown);
			});
			return [file, bytes] as const;
		}),
	);
	const compared = unread.size > 0 ? compare(set, takes, new Map(read)) : before;
	refuse(compared, set);
	const { overrides, sentWhole, notes } = compared;
	const { parts, notes: more } = takes.body(overrides, sentWhole);
	const { workflow } = takes.facts;
	const input: SubmitInput = { ...target, ...parts, webhook: draft.webhook };
	return { input, workflow, notes: { ...notes, ...more } };
}
