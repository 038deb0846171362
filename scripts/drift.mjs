// `npm run drift`: checks that RunComfy still answers like our simulator. Sends each call to both and prints the
// differences: new or missing fields, other types, states and HTTP statuses, but never the values of fields. The calls
// only read, and cost nothing. With `--run`, one request is submitted, too.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadCore, loadSimulator } from './root.mjs';

const USAGE = `RUNCOMFY_API_TOKEN=… npm run drift [-- --run ID] [--base-url URL]

--run ID   also submits one request, and waits for its result: of the hosted model with this id,
           such as blackforestlabs/flux-2/flash/text-to-image (about $0.01), or of the deployment,
           as it is saved (which bills its machine)`;

/** Host of RunComfy's own models. */
const MODELS_URL = 'https://model-api.runcomfy.net';

/** An id that does not exist. */
const NOBODY = '00000000-0000-4000-8000-000000000000';

/** Entries of a list that are fetched individually, at most. */
const MOST = 5;

/** Levels of keys below these fields that users or workflows name, such as node ids; 0 means all levels. */
const FREE = { workflow_api_json: 0, overrides: 0, input_schema: 0, output: 0, outputs: 2 };

/** Fields whose values are constants of the API. */
const WORDS = ['http', 'status', 'outcome', 'error_code'];

/** @typedef {{http: number, body: any}} Answer */
/** @typedef {(path: string, options?: {token?: string, body?: object}) => Promise<Answer>} Call */
/** @typedef {{types: Set<string>, objects: number, keys: Map<string, number>}} Place what stands at one path */
/** @typedef {Map<string, Place>} Shape by path, such as `body[].id` */

/** @param {{baseUrl: string, token: string}} account @returns {Call} */
function callerOf({ baseUrl, token }) {
	const modelsUrl = baseUrl === loadCore().DEFAULT_BASE_URL ? MODELS_URL : baseUrl;
	return async (path, { token: other = token, body } = {}) => {
		const origin = path.startsWith('/v1/') ? modelsUrl : baseUrl;
		const reply = await fetch(origin + path, {
			method: body ? 'POST' : 'GET',
			redirect: 'error',
			headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json' },
			...(body && { body: JSON.stringify(body) }),
		});
		const text = await reply.text();
		return { http: reply.status, body: parsed(text) };
	};
}

function parsed(/** @type {string} */ text) {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** Makes all calls that only read, by name. @param {Call} call @returns {Promise<Record<string, Answer[]>>} */
async function readAll(call) {
	const each = (/** @type {string[]} */ paths) => Promise.all(paths.map((path) => call(path)));
	const deployments = await call('/prod/v2/deployments');
	const models = await call('/v1/models?limit=20');
	const deploymentIds = listed(deployments.body).map(({ id }) => id);
	const modelIds = listed(models.body?.models).map((model) => model.model_id);
	const [id = NOBODY] = deploymentIds;
	const whole = 'includes=payload&includes=readme';
	const request = `deployments/${id}/requests/${NOBODY}`;
	return {
		balance: await each(['/prod/v2/balance']),
		'balance with a wrong token': [await call('/prod/v2/balance', { token: NOBODY })],
		deployments: [deployments],
		deployment: await each(deploymentIds.map((one) => `/prod/v2/deployments/${one}?${whole}`)),
		'unknown deployment': await each([`/prod/v2/deployments/${NOBODY}`]),
		'status of an unknown request': await each([
			`/prod/v1/${request}/status`,
			`/prod/v2/${request}/status`,
		]),
		'result of an unknown request': await each([
			`/prod/v1/${request}/result`,
			`/prod/v2/${request}/result`,
		]),
		models: [models],
		'categories of models': await each(['/v1/models/categories']),
		model: await each(modelIds.map((one) => `/v1/models/${one}`)),
		'unknown model': await each(['/v1/models/nobody/nothing']),
		'status of an unknown request of a model': await each([`/v1/requests/${NOBODY}/status`]),
	};
}

/** @returns {any[]} */
const listed = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.slice(0, MOST) : []);

/**
 * Follows one request from submit to result. Never submits twice.
 * @param {Call} call
 * @param {string} id of a model, which has slashes, or of a deployment
 * @param {() => Promise<void>} pause before the next status call
 * @param {(requestId: string) => void} [tell] called with the id of a paid request
 * @returns {Promise<Record<string, Answer[]>>}
 */
async function runOne(call, id, pause, tell = () => {}) {
	const isModel = id.includes('/');
	const body = isModel ? { prompt: 'a red circle on white' } : { overrides: {} };
	const target = isModel ? `/v1/models/${id}` : `/prod/v1/deployments/${id}/inference`;
	const submit = await call(target, { body });
	const requestId = submit.body?.request_id;
	if (!requestId) return { submit: [submit] };
	tell(requestId);
	const request = isModel
		? `/v1/requests/${requestId}`
		: `/prod/v1/deployments/${id}/requests/${requestId}`;
	const [looks, early] = [[await call(`${request}/status`)], [await call(`${request}/result`)]];
	while (/^in_/.test(looks.at(-1)?.body?.status)) {
		await pause();
		looks.push(await call(`${request}/status`));
	}
	const ofResult = isModel ? '/result?include_cost=true' : '/result';
	return {
		submit: [submit],
		'status of the run': looks,
		'early result': early.filter((answer) => /^in_/.test(answer.body?.status)),
		'result of the run': [await call(request + ofResult)],
	};
}

/** Collects the types at each path of these answers. @param {Answer[]} answers @returns {Shape} */
function shapeOf(answers) {
	/** @type {Shape} */
	const shape = new Map();
	const look = (/** @type {string} */ path, /** @type {any} */ value, word = false, free = -1) => {
		const place = shape.get(path) ?? { types: new Set(), objects: 0, keys: new Map() };
		shape.set(path, place);
		place.types.add(typeOf(value, word));
		if (value === null || typeof value !== 'object' || free === 0) return;
		if (Array.isArray(value)) return value.forEach((one) => look(`${path}[]`, one));
		place.objects += 1;
		for (const [key, one] of Object.entries(value)) {
			const name = free > 0 ? '*' : key;
			if (free < 0) place.keys.set(key, (place.keys.get(key) ?? 0) + 1);
			const below = free > 0 ? free - 1 || -1 : (FREE[key] ?? -1);
			look(path ? `${path}.${name}` : name, one, WORDS.includes(name), below);
		}
	};
	for (const answer of answers) look('', answer);
	return shape;
}

function typeOf(/** @type {unknown} */ value, /** @type {boolean} */ word) {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'list';
	if (word && typeof value !== 'object') return JSON.stringify(value);
	return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? 'time' : typeof value;
}

/** @param {Shape} recorded @param {Shape} live @returns {string[]} one line for each difference */
function differencesOf(recorded, live) {
	return [...live].flatMap(([path, place]) => {
		const known = recorded.get(path);
		// A parent is new, and has been reported.
		if (!known) return [];
		const named = (/** @type {string} */ key) => (path ? `${path}.${key}` : key);
		const types = [...place.types].filter((type) => !known.types.has(type));
		const fresh = [...place.keys.keys()].filter((key) => !known.keys.has(key));
		const gone = [...known.keys].filter(
			([key, times]) => times === known.objects && (place.keys.get(key) ?? 0) < place.objects,
		);
		return [
			...types.map((type) => `${path}: ${type} (recorded: ${[...known.types].join(', ')})`),
			...fresh.map((key) => `${named(key)}: new (${typesAt(live, named(key))})`),
			...gone.map(([key]) => {
				const { objects, keys } = place;
				return `${named(key)}: missing in ${objects - (keys.get(key) ?? 0)} of ${objects}`;
			}),
		];
	});
}

const typesAt = (/** @type {Shape} */ shape, /** @type {string} */ path) =>
	[...(shape.get(path)?.types ?? [])].join(', ');

/** The simulator's answers to the same calls. @param {string | undefined} run */
async function recordedAnswers(run) {
	let now = Date.now();
	const simulator = await loadSimulator().createSimulator({ now: () => now, queueMs: 1_000 });
	const { url: baseUrl, token, modelIds, deploymentIds } = simulator;
	const call = callerOf({ baseUrl, token });
	const id = run?.includes('/') ? modelIds.textToImage : deploymentIds.mixed;
	const pause = async () => void (now += 700);
	try {
		return { ...(await readAll(call)), ...(run && (await runOne(call, id, pause))) };
	} finally {
		await simulator.close();
	}
}

async function drift() {
	const { values } = parseArgs({
		options: { run: { type: 'string' }, 'base-url': { type: 'string' } },
	});
	const token = process.env['RUNCOMFY_API_TOKEN'];
	if (!token) throw new Error(USAGE);
	const baseUrl = (values['base-url'] ?? loadCore().DEFAULT_BASE_URL).replace(/\/$/, '');
	const call = callerOf({ baseUrl, token });
	const first = await call('/prod/v2/balance');
	if (first.http === 401) throw new Error(`${baseUrl} refuses the token.`);
	const recorded = await recordedAnswers(values.run);
	const live = await readAll(call);
	if (values.run) {
		const pause = () => sleep(3_000);
		const tell = (/** @type {string} */ id) => console.log(`Submitted ${id}: a run is paid for.`);
		Object.assign(live, await runOne(call, values.run, pause, tell));
	}
	console.log(`${baseUrl}, compared with the simulator:\n`);
	const total = Object.keys(live).length;
	let equal = 0;
	for (const [name, answers] of Object.entries(live)) {
		const lines = differencesOf(shapeOf(recorded[name] ?? []), shapeOf(answers));
		const verdict = answers.length === 0 ? 'nothing to compare' : lines.length ? 'differs' : 'same';
		console.log([`${name}: ${verdict}`, ...lines].join('\n  '));
		if (lines.length === 0) equal += 1;
	}
	console.log(`\n${equal} of ${total} are the same.`);
	process.exitCode = equal < total ? 1 : 0;
}

drift().catch((error) => {
	console.error(error.message);
	process.exitCode = 2;
});
