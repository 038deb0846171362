import { isLeftover, isPrompt, isSeedField, wrongKind } from './judge.mjs';

/**
 * @typedef {typeof import('../../core/index.ts')} Core
 * @typedef {{of: number, right: string[], wrong: string[]}} Share names of the workflows
 * @typedef {{prompt: Share, seed: Share, leftovers: string[], kinds: string[]}} Forms
 * @typedef {{crashes: string[], times: number[], known: Forms, guessed: Forms, findings: Map<string, string[]>}} Measured
 */

/**
 * The forms of all workflows, once with the classes of all dumps together and once without any, and
 * the check of what each workflow holds.
 * @param {Core} core
 * @param {import('./read.mjs').Corpus} corpus
 * @returns {Measured}
 */
export function measure(core, { workflows, infos }) {
	/** @type {Measured} */
	const measured = {
		crashes: [],
		times: [],
		known: noForms(),
		guessed: noForms(),
		findings: new Map(),
	};
	for (const { name, text } of workflows) {
		try {
			const workflow = core.parseWorkflow(text);
			const raw = classesOf(workflow, infos);
			for (const info of infos) core.describeInputs(workflow, read(core, workflow, info));
			const began = performance.now();
			const info = read(core, workflow, raw);
			const fields = core.describeInputs(workflow, info);
			const findings = [
				...core.checkWorkflow(workflow, info),
				...core.checkOverrides(itself(workflow), workflow, info),
			];
			measured.times.push(performance.now() - began);
			judge(measured.known, name, fields, raw);
			judge(measured.guessed, name, core.describeInputs(workflow), {});
			for (const { path, problem } of findings) {
				const [nodeId = '', , ...input] = path.split('.');
				const place = `${workflow[nodeId]?.class_type}.${input.join('.')}`;
				const of = `${place}  ${problem}`;
				measured.findings.set(of, [...(measured.findings.get(of) ?? []), name]);
			}
		} catch (error) {
			measured.crashes.push(`${name}: ${error}`);
		}
	}
	return measured;
}

/** @returns {Forms} */
function noForms() {
	const share = () => ({ of: 0, right: [], wrong: [] });
	return { prompt: share(), seed: share(), leftovers: [], kinds: [] };
}

/**
 * @param {Forms} forms @param {string} name @param {import('./judge.mjs').Field[]} fields
 * @param {Record<string, any>} raw
 */
function judge(forms, name, fields, raw) {
	const note = (/** @type {Share} */ share, /** @type {boolean} */ right) => {
		share.of += 1;
		(right ? share.right : share.wrong).push(name);
	};
	const [first] = fields;
	if (first && fields.some(isPrompt)) note(forms.prompt, isPrompt(first));
	if (fields.some(isSeedField)) {
		note(
			forms.seed,
			fields.some((field) => field.likely && isSeedField(field)),
		);
	}
	for (const field of fields) {
		const place = `${field.classType}.${field.input}`;
		const known = Object.hasOwn(raw, field.classType) ? raw[field.classType] : undefined;
		if (isLeftover(field, known)) forms.leftovers.push(place);
		const wrong = wrongKind(field, known);
		if (wrong !== undefined) forms.kinds.push(`${place}: ${wrong}`);
	}
}

/** @param {ReturnType<Core['parseWorkflow']>} workflow @param {Array<Record<string, any>>} infos */
function classesOf(workflow, infos) {
	const types = Object.values(workflow ?? {}).map((node) => node.class_type);
	const known = types.flatMap((type) => {
		const info = infos.find((dump) => Object.hasOwn(dump, type));
		return info ? [[type, info[type]]] : [];
	});
	return Object.fromEntries(known);
}

/** @param {Core} core @param {any} workflow @param {Record<string, any>} raw */
function read(core, workflow, raw) {
	const types = Object.values(workflow).map((node) => node.class_type);
	return Object.fromEntries(
		types.flatMap((type) => {
			return Object.hasOwn(raw, type) ? [[type, core.readNodeClass(raw[type], type)]] : [];
		}),
	);
}

/** Everything that a workflow holds, set once more: nothing of it may be refused. */
function itself(/** @type {any} */ workflow) {
	return Object.fromEntries(
		Object.entries(workflow).map(([id, { inputs = {} }]) => [id, { inputs: withoutNull(inputs) }]),
	);
}

function withoutNull(/** @type {Record<string, unknown>} */ inputs) {
	return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}
