import {
	type DirectDraft,
	type Draft,
	parseExtraData,
	prepare,
	type Submission,
	type Target,
} from '../../../core/index.js';
import { inTurn } from '../pace.cjs';
import { readTarget } from './ids.cjs';
import { type Inputs, isEmpty, isTrue, type Reading, readText, withSource } from './inputs.cjs';
import { readDirectInputs, readOverrides, readWorkflow } from './overrides.cjs';
import { ofWorkflow, readRows } from './rows.cjs';
import { snapshot } from './snapshot.cjs';

/**
 * What to submit, from the fields and the message: rows, and over them the overrides. Unless the node
 * says otherwise it is compared with the workflow or the model before anything is paid for.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists everything that
 * does not fit)
 */
export async function readSubmission(action: Source): Promise<Submission> {
	const { fields, node } = action;
	const target = await readTarget(action);
	const isDirect = target.service === 'model' || fields['inputMode'] === 'direct';
	const draft = isDirect ? await readDirect(action, target) : await readByNodes(action, target);
	const { checkInputs } = fields;
	const checked = checkInputs !== false && checkInputs !== 'false';
	const { client, cache } = action.connection;
	const { signal } = action;
	let asked = false;
	const onAsk = () => {
		asked = true;
	};
	const reader = cache.reader(client, { signal, onAsk });
	const prepared = await prepare(client, draft, { ...reader, check: checked });
	// All messages that came in while RunComfy was asked go on at once.
	if (asked) await inTurn();
	const submission = await prepared.withFiles();
	for (const warning of submission.notes.warnings) node.warn(warning);
	return submission;
}

type Source = Pick<Reading, 'RED' | 'node' | 'inputs' | 'fields' | 'msg' | 'connection' | 'signal'>;

/** Inputs of nodes of a workflow. */
async function readByNodes(action: Source, { deploymentId = '' }: Target): Promise<Draft> {
	const { fields, inputs, msg, node } = action;
	const draft: Draft = {
		deploymentId,
		fields: fields['inputMode'] === 'rows' ? (await readRows(action)).map(ofWorkflow) : [],
		overrides: await readOverrides(inputs, fields, msg),
		randomSeeds: isTrue(fields['randomSeeds']),
		...(await readPassedOn(inputs)),
		workflow: await readWorkflow(inputs),
	};
	const { workflow } = draft;
	// Rows are a form. A flow that gives overrides, or none, does so on purpose.
	const isForm = fields['inputMode'] === 'rows';
	if (isForm && !workflow && setsNothing(draft) && !warned.has(node)) {
		warned.add(node);
		node.warn(NOTHING_SET);
	}
	return draft;
}

/** Inputs by name alone: of a hosted model or a LoRA deployment. */
async function readDirect(action: Source, target: Target): Promise<DirectDraft> {
	const { fields, inputs } = action;
	const ofModel = target.service === 'model';
	return {
		target,
		fields: fields['inputMode'] === 'json' ? [] : await readRows(action, { direct: true }),
		inputs: await readDirectInputs(action),
		randomSeeds: isTrue(fields['randomSeeds']),
		webhook: ofModel ? undefined : await readText(inputs, 'webhook'),
	};
}

const NOTHING_SET =
	'Nothing is set, so the workflow runs as it is deployed: add an input in the node, or give msg.overrides.';

function setsNothing({ fields = [], overrides = {}, randomSeeds }: Draft): boolean {
	return fields.length === 0 && Object.keys(overrides).length === 0 && randomSeeds !== true;
}

/** Warns once for each deploy of the node, rather than with every message. */
const warned = new WeakSet<object>();

/** What RunComfy gets besides the workflow's inputs. @throws RunComfyError `invalid_input` */
export async function readPassedOn(inputs: Inputs): Promise<Pick<Draft, 'extraData' | 'webhook'>> {
	return {
		extraData: await readExtraData(inputs),
		webhook: await readText(inputs, 'webhook'),
	};
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
