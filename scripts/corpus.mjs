// `npm run corpus -- DIR`: measures how far the check of inputs agrees with a real ComfyUI. DIR contains, at any depth,
// cases judged by a ComfyUI (.jsonl or .jsonl.gz; each line has the submit and the verdict) and dumps of its
// /object_info. Nothing leaves the machine.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load, loadCore } from './root.mjs';

/**
 * @typedef {{mode: 'D' | 'W' | 'F', kind: string, workflow: any, overrides: any, comfyui: string}} Case
 * `mode`: how the value was sent, as overrides (D), in a workflow (W), or in a field of the form (F)
 * @typedef {'sent' | 'fitted' | 'warned' | 'refused'} Verdict
 * @typedef {Case & {verdict: Verdict}} Judged
 */

const [, , dir] = process.argv;
if (dir === undefined) {
	console.error('Name a folder: npm run corpus -- DIR');
	process.exit(2);
}
const core = loadCore();
/** @type {typeof import('../core/comfyui/objectInfo.ts')} */
const { readNodeClass } = load('core/comfyui/objectInfo.js');
/** @type {typeof import('../core/json/numbers.ts')} */
const { parseJson } = load('core/json/numbers.js');
const { cases, classes } = readFolder(dir);
const judged = [];
for (const one of cases) judged.push({ ...one, verdict: await judge(one) });
for (const line of agreement(judged)) console.log(line);

/** @param {string} folder */
function readFolder(folder) {
	/** @type {Case[]} */
	const cases = [];
	const dumps = {};
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
		if (/\.jsonl(\.gz)?$/.test(name)) {
			const bytes = readFileSync(join(folder, name));
			const text = String(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
			const lines = text.split('\n').filter((line) => line.trim());
			for (const line of lines) cases.push(/** @type {any} */ (parseJson(line)));
		} else if (name.endsWith('.json')) {
			Object.assign(dumps, JSON.parse(readFileSync(join(folder, name), 'utf8')));
		}
	}
	const classes = Object.entries(dumps).map(([name, raw]) => [name, readNodeClass(raw, name)]);
	return { cases, classes: Object.fromEntries(classes) };
}

/** The known classes among those of a workflow. */
function infoOf(workflow) {
	const types = Object.values(workflow).map(({ class_type }) => class_type);
	const known = types.filter((type) => Object.hasOwn(classes, type));
	return Object.fromEntries(known.map((type) => [type, classes[type]]));
}

/** Runs the check on a case. @param {Case} one @returns {Promise<Verdict>} */
async function judge({ mode, workflow, overrides }) {
	const host = /** @type {any} */ ({
		monotonic: () => 0,
		toBase64: (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('base64'),
		partnerKey: { apiVersions: [] },
	});
	const known = { workflow, info: infoOf(workflow), typed: true, warnings: [] };
	try {
		const set = {
			W: () => ({ workflow: core.parseWorkflow(workflow) }),
			F: () => ({ fields: fieldsOf(overrides) }),
			D: () => ({ overrides }),
		}[mode]();
		const prepared = await core.prepare(
			core.createClient({ host }),
			/** @type {any} */ ({ target: { deploymentId: 'd' }, ...set }),
			/** @type {any} */ ({ readWorkflow: () => Promise.resolve(known) }),
		);
		const { input, notes } = await prepared.withFiles();
		const given = merged(workflow, overrides ?? {});
		const sent = merged(input.workflowApiJson ?? workflow, input.overrides ?? {});
		if (core.stringifyJson(given) !== core.stringifyJson(sent)) return 'fitted';
		return notes.warnings.some((text) => /there is no output from/.test(text)) ? 'warned' : 'sent';
	} catch {
		return 'refused';
	}
}

/** Converts overrides to fields, as a form would submit them. */
function fieldsOf(overrides) {
	return Object.entries(overrides ?? {}).flatMap(([nodeId, { inputs }]) =>
		Object.entries(inputs).map(([input, value]) => ({
			nodeId,
			input,
			value,
			label: `${nodeId} ${input}`,
			source: 'its field',
			spec: { kind: 'string' },
		})),
	);
}

function merged(workflow, overrides) {
	const nodes = Object.entries(workflow);
	const inputsOf = ([id, node]) => [id, { ...node.inputs, ...overrides[id]?.inputs }];
	return Object.fromEntries(nodes.map(inputsOf));
}

/**
 * The totals, and every kind of case on which the check and ComfyUI disagree.
 * @param {Judged[]} judged
 */
function agreement(judged) {
	/** Cases that a person would call correct, if ComfyUI accepts them. */
	const RIGHT =
		/^(base-D|valid|valid-max|widget-valid|optional-added|off-step|unicode|long|whole-float|bool-as-text(-[Ff]alse)?|num-as-text(-plus|-space|-exp)?|(num|float|whole-float|huge-int)-for-text|value-wrap-choice|dyn-(saved|full-option|option-only)|(link|ag)-link|link-valid|widget-link-\w+)$/;
	/** A value in place of a link: ComfyUI accepts it, and then the run fails. */
	const LINK_ONLY = /^link-(url|value-num|value-text|object)$/;
	const taken = judged.filter(({ comfyui }) => comfyui === 'ok');
	const wrong = judged.filter(({ comfyui }) => ['refuse', 'partial'].includes(comfyui));
	const right = taken.filter(({ kind }) => RIGHT.test(kind));
	const linkOnly = taken.filter(({ kind }) => LINK_ONLY.test(kind));
	const share = (/** @type {Judged[]} */ of, /** @type {Verdict[]} */ ...verdicts) => {
		const count = of.filter(({ verdict }) => verdicts.includes(verdict)).length;
		return `${count} of ${of.length} (${((100 * count) / Math.max(1, of.length)).toFixed(2)} %)`;
	};
	const kinds = new Set(judged.map(({ mode, kind }) => `${mode} ${kind}`));
	const differing = [...kinds].sort().flatMap((name) => {
		const isOne = (/** @type {Judged} */ { mode, kind }) => `${mode} ${kind}` === name;
		const [ok, bad] = [taken.filter(isOne), wrong.filter(isOne)];
		const refused = ok.filter(({ verdict }) => verdict === 'refused').length;
		const sent = bad.filter(({ verdict }) => verdict === 'sent').length;
		if (refused + sent === 0) return [];
		return [`  ${name}: ${refused} of ${ok.length} refused, ${sent} of ${bad.length} sent`];
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
