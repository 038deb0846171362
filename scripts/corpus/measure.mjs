/**
 * @typedef {ReturnType<typeof import('../dist.mjs').loadCore>} Core
 * @typedef {import('../../core/index.ts').WorkflowField} Field
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
 * @param {Forms} forms @param {string} name @param {Field[]} fields
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

// What is right, judged by ComfyUI's own data and not by the code under test.

const PROMPT =
	/^(text(_?[glab0-9])?|(text_|user_|positive_|pos_)?prompt(_[a-z0-9]+)?|(text_)?positive(_prompt)?|tags|lyrics|clip_[lg]|t5xxl|caption|instruction)$/i;
const AUTHORED = /Primitive|External|CPackInput|String|Text/i;
const VALUE = /^(value|default_value|string|text)$/i;

/**
 * Whether it is a prompt that people would set first.
 * @param {Field} field
 */
function isPrompt({ input, classType, saved, role, title }) {
	if (typeof saved !== 'string' || role === 'negative') return false;
	if (/negative/i.test(`${input} ${title}`) || /^n_/.test(input)) return false;
	if (/^(Show|Preview|Display|Save)/.test(classType)) return false;
	return PROMPT.test(input) || (AUTHORED.test(classType) && VALUE.test(input) && /\s/.test(saved));
}

/** @param {Field} field */
function isSeedField({ input, saved }) {
	return /(^|[ _])seed$/i.test(input) && typeof saved !== 'string';
}

const LEFTOVER =
	/^(upload|choose file to upload|control_after_generate|control_before_generate|rgthree_comparer|video-?preview|Update inputs|PowerLoraLoaderHeaderWidget|➕ .*|audioUI|.*_ui)$/i;

/**
 * Whether only ComfyUI's editor knows it.
 * @param {Field} field @param {Record<string, any> | undefined} raw the class in object_info
 */
function isLeftover({ input, classType }, raw) {
	if (LEFTOVER.test(input)) return definitionOf(raw, input) === undefined;
	if (/^(SaveGLB|Preview3D)/.test(classType) && input === 'image') return true;
	if (raw === undefined || input.includes('.') || isDynamic(raw)) return false;
	return definitionOf(raw, input) === undefined;
}

/** @param {Record<string, any>} raw */
function isDynamic(raw) {
	const { required, optional } = raw.input;
	const empty = Object.keys({ ...required, ...optional }).length === 0;
	return (
		empty || /COMFY_(DYNAMIC|AUTOGROW)|"formats"|Lora Loader Stack/.test(JSON.stringify(raw.input))
	);
}

const KINDS = {
	INT: ['integer'],
	FLOAT: ['float'],
	BOOLEAN: ['boolean'],
	STRING: ['string', 'media'],
	COMBO: ['choice', 'media'],
};
const WHOLE = /^(steps|width|height|batch_size|(noise_)?seed)$/;
const FILE = /\.(png|jpe?g|webp|gif|bmp|mp4|webm|mov|mkv|mp3|wav|flac|ogg|m4a)$/i;

/**
 * What the field should take but does not; undefined if it is right, or not known.
 * @param {Field} field @param {Record<string, any> | undefined} raw
 */
function wrongKind({ input, classType, saved, spec }, raw) {
	const [type] = definitionOf(raw, input) ?? [];
	const loaded = /load/i.test(classType) && typeof saved === 'string' && isFile(saved);
	const right = loaded
		? ['media']
		: Array.isArray(type)
			? ['choice', 'media']
			: typeof type === 'string'
				? KINDS[/** @type {keyof typeof KINDS} */ (type)]
				: WHOLE.test(input) && Number.isInteger(Number(saved))
					? ['integer']
					: undefined;
	if (right === undefined || right.includes(spec.kind)) return undefined;
	return `${spec.kind}, should be ${right[0]}`;
}

/** @param {string} saved */
function isFile(saved) {
	return FILE.test(saved) || saved.startsWith('data:') || /^[A-Za-z0-9+/]{400}/.test(saved);
}

/** @param {Record<string, any> | undefined} raw @param {string} input @returns {any[] | undefined} */
function definitionOf(raw, input) {
	const { required = {}, optional = {} } = raw?.input ?? {};
	const all = { ...required, ...optional };
	return Object.hasOwn(all, input) ? all[input] : undefined;
}
