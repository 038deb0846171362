import {
	bytesOfMb,
	createWorkflowReader,
	type Draft,
	parseExtraData,
	prepare,
	type Submission,
	type WorkflowReader,
} from '../../../core/index.js';
import { INPUTS } from '../../contract/sharedFields.cjs';
import { inTurn } from '../pace.cjs';
import { readDeploymentId } from './ids.cjs';
import {
	type Fields,
	type Inputs,
	isEmpty,
	isTrue,
	type Reading,
	readNumber,
	readText,
	withSource,
} from './inputs.cjs';
import { readOverrides, readWorkflow } from './overrides.cjs';
import { readRows } from './rows.cjs';
import { snapshot } from './snapshot.cjs';

/**
 * What to submit, from the fields and the message: rows, and over them the overrides. Unless the node
 * says otherwise it is compared with the workflow before anything is paid for; `onAsk` is called before
 * RunComfy may be asked for that, with what would be submitted unchecked if that is small.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists everything that
 * does not fit)
 */
export async function readSubmission(
	action: Pick<Reading, 'RED' | 'node' | 'inputs' | 'fields' | 'msg' | 'connection' | 'signal'>,
	onAsk?: (deploymentId: string, unchecked: Unchecked | undefined) => void,
): Promise<Submission> {
	const { fields, inputs, node } = action;
	const draft = await readDraft(action);
	const { deploymentId, workflow } = draft;
	// Rows are a form; who gives overrides, or none, knows what for.
	const isForm = fields['inputMode'] === 'rows';
	if (isForm && !workflow && setsNothing(draft)) warnOnce(node, NOTHING_SET);
	const maxMb = await readNumber(inputs, 'maxInputFileSize', INPUTS);
	const checked = !isUnchecked(fields);
	const isConverted = workflow?.format === 'editor';
	const drawsSaved = !workflow && draft.randomSeeds === true;
	const isAsked = checked || isConverted || drawsSaved;
	if (isAsked && onAsk) {
		onAsk(deploymentId, isConverted ? undefined : await withoutAsking(action, draft));
	}
	const prepared = await prepare(action.connection.client, draft, {
		read: readerOf(action),
		check: checked,
		maxFileBytes: bytesOfMb(maxMb),
	});
	// All that came in while RunComfy was asked go on at once.
	if (isAsked) await inTurn();
	const submission = await prepared.withFiles();
	for (const warning of submission.notes.warnings) node.warn(warning);
	return submission;
}

const NOTHING_SET =
	'Nothing is set, so the workflow runs as it is deployed: add an input in the node, or give msg.overrides.';

function setsNothing({ fields = [], overrides = {}, randomSeeds }: Draft): boolean {
	return fields.length === 0 && Object.keys(overrides).length === 0 && randomSeeds !== true;
}

const warned = new WeakMap<object, Set<string>>();

/** Once for each deploy of the node: it is not news with every message. */
function warnOnce(node: Reading['node'], text: string): void {
	const told = warned.get(node) ?? new Set();
	if (told.has(text)) return;
	warned.set(node, told.add(text));
	node.warn(text);
}

type Unchecked = Pick<Submission, 'input' | 'notes'>;

/**
 * What would be submitted without a look at the workflow; undefined with media, whose encoding takes a
 * while, and where only the workflow can tell whether a value fits, as with an empty text.
 */
async function withoutAsking(
	{ connection }: Pick<Reading, 'connection'>,
	draft: Draft,
): Promise<Unchecked | undefined> {
	if (holdsMedia(draft)) return undefined;
	return prepare(connection.client, draft).then(
		({ withFiles }) => withFiles(),
		() => undefined,
	);
}

const MEDIA_LENGTH = 64 * 1024;
const MAX_DEPTH = 20;

function holdsMedia(value: unknown, depth = 0): boolean {
	if (typeof value === 'string') return value.length > MEDIA_LENGTH;
	if (typeof value !== 'object' || value === null) return false;
	if (value instanceof Uint8Array || depth > MAX_DEPTH) return true;
	return Object.values(value).some((entry) => holdsMedia(entry, depth + 1));
}

async function readDraft(
	action: Pick<Reading, 'RED' | 'node' | 'inputs' | 'fields' | 'msg'>,
): Promise<Draft> {
	const { fields, inputs, msg } = action;
	return {
		deploymentId: await readDeploymentId(inputs),
		fields: fields['inputMode'] === 'rows' ? await readRows(action) : [],
		overrides: await readOverrides(inputs, fields, msg),
		randomSeeds: isTrue(fields['randomSeeds']),
		...(await readPassedOn(inputs)),
		workflow: await readWorkflow(inputs),
	};
}

/** What RunComfy gets besides the workflow's inputs. @throws RunComfyError `invalid_input` */
export async function readPassedOn(inputs: Inputs): Promise<Pick<Draft, 'extraData' | 'webhook'>> {
	return {
		extraData: await readExtraData(inputs),
		webhook: await readText(inputs, 'webhook'),
	};
}

function isUnchecked({ checkInputs }: Fields): boolean {
	return checkInputs === false || checkInputs === 'false';
}

function readerOf({ connection, signal }: Pick<Reading, 'connection' | 'signal'>): WorkflowReader {
	const { client, workflows: cache } = connection;
	return createWorkflowReader(client, { cache, signal });
}

async function readExtraData(inputs: Inputs): Promise<Record<string, unknown> | undefined> {
	const given = await inputs.value('extraData');
	if (isEmpty(given)) return undefined;
	try {
		return parseExtraData(snapshot(given, 'extra data'), { name: 'Extra Data' });
	} catch (error) {
		throw withSource(error, inputs.source('extraData'));
	}
}
