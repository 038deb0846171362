import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * @typedef {ReturnType<typeof import('../dist.mjs').loadCore>} Core
 * @typedef {{mode: 'D' | 'W' | 'F', class: string, kind: string, input: string, workflow: any, overrides: any, comfyui: string, error: string}} Case
 * @typedef {'sent' | 'fitted' | 'warned' | 'refused'} Verdict
 * @typedef {{one: Case, verdict: Verdict, told: string[]}} Judged
 */

/**
 * The cases below a folder that a real ComfyUI has judged: files of JSON lines.
 * @param {Core} core @param {string} dir
 * @returns {Case[]}
 */
export function readCases(core, dir) {
	const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
	return names
		.filter((name) => /\.jsonl(\.gz)?$/.test(name))
		.flatMap((name) => {
			const bytes = readFileSync(join(dir, name));
			const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
			return text.split('\n').flatMap((line) => (line.trim() ? [core.parseJson(line)] : []));
		})
		.map((one) => /** @type {Case} */ (one));
}

/**
 * What a submit makes of each of them.
 * @param {Core} core @param {Case[]} cases @param {Array<Record<string, any>>} infos
 * @returns {Promise<Judged[]>}
 */
export async function judgeCases(core, cases, infos) {
	const raw = Object.assign({}, ...infos);
	/** @type {Record<string, any>} */
	const classes = Object.fromEntries(
		Object.keys(raw).map((name) => [name, core.readNodeClass(raw[name], name)]),
	);
	const client = core.createClient({
		host: /** @type {any} */ ({
			monotonic: () => 0,
			toBase64: (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('base64'),
			partnerKey: { apiVersions: [] },
		}),
	});
	const judged = [];
	for (const one of cases) judged.push(await judge(core, client, one, classes));
	return judged;
}

/**
 * @param {Core} core @param {any} client @param {Case} one @param {Record<string, any>} classes
 * @returns {Promise<Judged>}
 */
async function judge(core, client, one, classes) {
	const { mode, workflow, overrides } = one;
	const types = Object.values(workflow).map(({ class_type }) => class_type);
	const info = Object.fromEntries(
		types.flatMap((type) => (Object.hasOwn(classes, type) ? [[type, classes[type]]] : [])),
	);
	const known = { workflow, info, typed: true, warnings: [] };
	const fields = Object.entries(overrides ?? {}).flatMap(([nodeId, { inputs }]) =>
		Object.entries(inputs).map(([input, value]) => ({
			nodeId,
			input,
			value,
			label: `${nodeId} ${input}`,
			source: 'its field',
			spec: { kind: /** @type {const} */ ('string') },
		})),
	);
	try {
		const set =
			mode === 'W'
				? { workflow: core.parseWorkflow(workflow) }
				: mode === 'F'
					? { fields }
					: { overrides };
		const prepared = await core.prepare(
			client,
			/** @type {any} */ ({ deploymentId: 'd', ...set }),
			/** @type {any} */ ({ readWorkflow: () => Promise.resolve(known) }),
		);
		const { input, notes } = await prepared.withFiles();
		const given = merged(workflow, overrides ?? {});
		const sent = merged(input.workflowApiJson ?? workflow, input.overrides ?? {});
		const fitted = core.stringifyJson(given) !== core.stringifyJson(sent);
		const verdict = fitted ? 'fitted' : notes.warnings.some(isDropped) ? 'warned' : 'sent';
		return { one, verdict, told: notes.warnings };
	} catch (error) {
		return { one, verdict: 'refused', told: [String(/** @type {any} */ (error).message)] };
	}
}

/** @param {string} warning */
function isDropped(warning) {
	return /nothing comes of/.test(warning);
}

/** @param {any} workflow @param {any} overrides */
function merged(workflow, overrides) {
	return Object.fromEntries(
		Object.entries(workflow).map(([id, node]) => [
			id,
			{ ...node.inputs, ...overrides[id]?.inputs },
		]),
	);
}

/** What a person would call right, if ComfyUI takes it. */
const RIGHT =
	/^(base-D|valid|valid-max|widget-valid|optional-added|off-step|unicode|long|whole-float|bool-as-text(-[Ff]alse)?|num-as-text(-plus|-space|-exp)?|(num|float|whole-float|huge-int)-for-text|value-wrap-choice|dyn-(saved|full-option|option-only)|(link|ag)-link|link-valid|widget-link-\w+)$/;

/** A value where only a link can be: ComfyUI takes it, and the run fails. */
const LINK_ONLY = /^link-(url|value-num|value-text|object)$/;

/**
 * The lines of the table: the goals, and every kind of case in which the check and ComfyUI differ.
 * @param {Judged[]} judged
 */
export function agreement(judged) {
	const right = judged.filter(({ one }) => one.comfyui === 'ok' && RIGHT.test(one.kind));
	const linkOnly = judged.filter(({ one }) => one.comfyui === 'ok' && LINK_ONLY.test(one.kind));
	const wrong = judged.filter(({ one }) => ['refuse', 'partial'].includes(one.comfyui));
	const share = (/** @type {Judged[]} */ of, /** @type {Verdict[]} */ ...verdicts) => {
		const count = of.filter(({ verdict }) => verdicts.includes(verdict)).length;
		return `${count} of ${of.length} (${((100 * count) / Math.max(1, of.length)).toFixed(2)} %)`;
	};
	/** @type {Map<string, Judged[]>} */
	const kinds = new Map();
	for (const one of judged) {
		const kind = `${one.one.mode} ${one.one.kind}`;
		kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
	}
	const differing = [...kinds].sort().flatMap(([kind, of]) => {
		const taken = of.filter(({ one }) => one.comfyui === 'ok');
		const refused = taken.filter(({ verdict }) => verdict === 'refused').length;
		const sent = of.filter((one) => wrong.includes(one) && one.verdict === 'sent').length;
		if (refused + sent === 0) return [];
		return [
			`  ${kind}: ${refused} of ${taken.length} refused, ${sent} of ${of.length - taken.length} sent`,
		];
	});
	return [
		`${judged.length} cases that ComfyUI has judged`,
		`valid values refused: ${share(right, 'refused')}`,
		`wrong ones sent as they are: ${share(wrong, 'sent')}; with a warning: ${share(wrong, 'warned')}; made valid: ${share(wrong, 'fitted')}`,
		`values on link-only inputs sent: ${share(linkOnly, 'sent', 'fitted', 'warned')}`,
		'taken by ComfyUI and refused, refused by ComfyUI and sent:',
		...differing,
	];
}
