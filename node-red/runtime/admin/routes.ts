import type { NodeAPI } from 'node-red';
import {
	checkId,
	describeInputs,
	describeModelInputs,
	getBalance,
	getModel,
	type InputSpec,
	isObject,
	isSeed,
	isTooLarge,
	listDeployments,
	listedDeployments,
	loadWorkflow,
	LOOK_UP_RETRIES,
	type Model,
	modelTexts,
	parseWorkflow,
	partnerNodesOf,
	RunComfyError,
	searchModels,
	stringifyJson,
	toRunComfyError,
	trimmed,
	type WorkflowApiJson,
	type WorkflowField,
} from '../../../core';
import type { Answers, DialogInput, DialogPartner, ListedModel } from '../../contract/dialog';
import type { Connection, MakeHost } from '../account/config';
import { invalidInput } from '../errors';
import { type AccountParams, openAccount } from './account';

type Use<T, P = unknown> = (
	connection: Connection,
	params: Record<string, unknown> & P,
	signal: AbortSignal,
) => Promise<T>;

/**
 * Admin routes for the dialogs, which need the permission `runcomfy.write`. They take the id of a deployed account, or
 * an account that is still being edited:
 * - `POST runcomfy/deployments` → `{ deployments: ListedDeployment[] }`
 * - `POST runcomfy/models`, by `search` text or for one `model` id → `{ models: ListedModel[] }`
 * - `POST runcomfy/inputs` of a `deployment` or hosted `model`, or of a `workflow` as JSON text, which
 * needs no account → `{ inputs: DialogInput[], partner?: DialogPartner }`
 * - `POST runcomfy/test` → `{ balance }` in US dollars
 */
export function registerAdmin(RED: NodeAPI, makeHost?: MakeHost): void {
	const withAccount =
		<T>(use: Use<T>) =>
		async (...[request, { signal, secrets }]: Parameters<Answerer>): Promise<T> => {
			const params = paramsOf(request);
			const connection = openAccount(RED, params as AccountParams, { makeHost, secrets });
			return use(connection, params, signal);
		};

	const inputs: Answerer = async (request, context) => {
		const { workflow: text, deployment } = paramsOf(request);
		if (text === undefined) return withAccount(readDialogInputs)(request, context);
		const workflow = parseWorkflow(text, { name: 'Workflow' });
		const unchosen = trimmed(deployment) === '';
		// Without an account or network, input types are guessed from the saved values.
		const { info } = unchosen
			? { info: {} }
			: await withAccount(readClasses(workflow))(request, context).catch(() => ({ info: {} }));
		return { ...toDialogWorkflow({ workflow, info }), ...toDialogPartner({ workflow, info }) };
	};

	const app = RED.httpAdmin;
	const write = RED.auth.needsPermission('runcomfy.write');
	app.post('/runcomfy/deployments', write, answering(withAccount(readDeployments)));
	app.post('/runcomfy/models', write, answering(withAccount(readModels)));
	app.post('/runcomfy/inputs', write, answering(inputs));
	app.post('/runcomfy/test', write, answering(withAccount(test)));
}

/**
 * The parameters of the request.
 * @throws RunComfyError `invalid_input` for a body that another site could send through the user's browser
 */
function paramsOf(request: EditorRequest): Record<string, unknown> {
	const { body } = request;
	if (request.is('json') && isObject(body)) return body;
	throw invalidInput('The body is not a JSON object', 'Send it as application/json.');
}

const readDeployments: Use<Answers['deployments']> = async ({ client }, _params, signal) => {
	const list = await listDeployments(client, {}, { signal, retries: LOOK_UP_RETRIES });
	return { deployments: listedDeployments(list) };
};

/** Models in a list at most; users search for others. */
const MOST_MODELS = 50;

const readModels: Use<Answers['models']> = async ({ client }, { model, search }, signal) => {
	const options = { signal, retries: LOOK_UP_RETRIES };
	if (model !== undefined) {
		return { models: [toListedModel(await getModel(client, checkId(model, 'model id'), options))] };
	}
	const query = { search: trimmed(search) || undefined, limit: MOST_MODELS };
	const { models } = await searchModels(client, query, options);
	return { models: models.map(toListedModel) };
};

function toListedModel(model: Model): ListedModel {
	const { model_id: id, display_name: name, description } = model;
	return { id, name, description, ...modelTexts(model) };
}

const readDialogInputs: Use<Answers['inputs']> = (connection, params, signal) =>
	params['model'] === undefined
		? readInputsOfDeployment(connection, params, signal)
		: readInputsOfModel(connection, params, signal);

const readInputsOfModel: Use<Answers['inputs']> = async ({ client }, { model: given }, signal) => {
	const id = checkId(given, 'model id');
	const model = await getModel(client, id, { retries: LOOK_UP_RETRIES, signal });
	return { inputs: toDialogInputs(describeModelInputs(model)) };
};

const readInputsOfDeployment: Use<Answers['inputs']> = async (connection, params, signal) => {
	const { client, cache } = connection;
	const id = checkId(params['deployment'], 'deployment id');
	const options = { retries: LOOK_UP_RETRIES, signal };
	const loaded = await loadWorkflow(client, id, cache, options).catch((error: unknown) => {
		if (!(error instanceof RunComfyError)) throw error;
		const { reason } = error.details ?? {};
		if (reason === 'lora') return 'certain';
		if (reason === 'no_workflow') return 'possible';
		throw error;
	});
	if (typeof loaded === 'string') return { inputs: [], lora: loaded };
	const keyed = isStored(params['apiToken']) ? client.host.partnerKey !== undefined : undefined;
	return { ...toDialogWorkflow(loaded), ...toDialogPartner(loaded, keyed) };
};

/** Whether the account is used as deployed: a newly typed token comes without the account's comfy.org key. */
function isStored(apiToken: unknown): boolean {
	return trimmed(apiToken) === '';
}

const readClasses =
	(workflowApiJson: WorkflowApiJson) =>
	({ client, cache }: Connection, { deployment }: Record<string, unknown>, signal: AbortSignal) => {
		const { readWorkflow } = cache.reader(client, { signal });
		return readWorkflow({ deploymentId: checkId(deployment, 'deployment id'), workflowApiJson });
	};

const test: Use<Answers['test']> = async ({ client }, _params, signal) => {
	const { balance_usd: balance } = await getBalance(client, { signal, retries: LOOK_UP_RETRIES });
	return { balance };
};

type Loaded = Pick<Awaited<ReturnType<typeof loadWorkflow>>, 'workflow' | 'info'>;

function toDialogWorkflow({ workflow, info }: Loaded) {
	const fields = describeInputs(workflow, info);
	const partial = isTooLarge(workflow, fields) ? ({ partial: true } as const) : {};
	return { inputs: toDialogInputs(fields), ...partial };
}

function toDialogInputs(fields: readonly WorkflowField[]): DialogInput[] {
	return fields.map((field) => {
		const { nodeId, input, also, label, path, likely, required } = field;
		const spec: InputSpec = { ...field.spec };
		delete spec.default;
		const saved = savedText(field.saved);
		return {
			nodeId,
			input,
			...(also ? { also } : {}),
			label,
			path,
			spec,
			seed: isSeed(input) && spec.kind === 'integer',
			likely,
			...(required ? { required } : {}),
			...(saved === undefined ? {} : { saved }),
		};
	});
}

function savedText(saved: unknown): string | undefined {
	if (typeof saved === 'object') return saved === null ? undefined : stringifyJson(saved);
	return saved === undefined ? undefined : String(saved);
}

/** The dialog's facts about a workflow's partner nodes; undefined if the workflow has none. */
function toDialogPartner({ workflow, info }: Loaded, keyed?: boolean): { partner?: DialogPartner } {
	const nodes = partnerNodesOf(workflow, info).map(({ label }) => label);
	if (nodes.length === 0) return {};
	return { partner: { nodes, ...(keyed === undefined ? {} : { keyed }) } };
}

/** The parts of an editor's HTTP request that are used here; Node-RED has parsed the body. */
interface EditorRequest {
	body?: unknown;
	is(type: string): unknown;
}

interface EditorResponse {
	readonly headersSent: boolean;
	status(code: number): EditorResponse;
	json(body: unknown): unknown;
	on(event: 'close', listener: () => void): unknown;
}

/** Handles one request. Add every token that must be redacted from the answer to `secrets`. */
type Answerer = (
	request: EditorRequest,
	context: { signal: AbortSignal; secrets: string[] },
) => Promise<unknown>;

/** Time limit for an answer, in milliseconds: a user is waiting for it. */
const LIMIT_MS = 20_000;

/**
 * An HTTP handler that answers with the JSON that `work` resolves with, or with `{ code, message, hint }` of its error.
 * Aborts the work after the time limit or when the editor disconnects; never throws.
 */
function answering(work: Answerer): (req: EditorRequest, res: EditorResponse) => void {
	return (req, res) => {
		const gone = new AbortController();
		res.on('close', () => gone.abort());
		const limit = AbortSignal.timeout(LIMIT_MS);
		const secrets: string[] = [];
		const signal = AbortSignal.any([gone.signal, limit]);
		const send = (status: number, body: unknown) => {
			if (!res.headersSent && !gone.signal.aborted) res.status(status).json(body);
		};
		Promise.resolve()
			.then(() => work(req, { signal, secrets }))
			.then((answer) => send(200, answer))
			.catch((thrown: unknown) => {
				const error = toRunComfyError(limit.aborted ? LATE : thrown, 'bad_response');
				const { code, message, hint } = error.redacted(secrets);
				// Never 401 or 403: the editor would take them as an answer to its own login.
				send(422, { code, message, hint });
			})
			// The connection broke while the answer was being written.
			.catch(() => undefined);
	};
}

const LATE = new RunComfyError('timed_out', `RunComfy did not answer within ${LIMIT_MS / 1000} s`, {
	hint: 'Check the base URL and the network, then try again.',
});
