// What is right, judged by ComfyUI's own data and not by the code under test.

/** @typedef {import('../../core/index.ts').WorkflowField} Field */

const PROMPT =
	/^(text(_?[glab0-9])?|(text_|user_|positive_|pos_)?prompt(_[a-z0-9]+)?|(text_)?positive(_prompt)?|tags|lyrics|clip_[lg]|t5xxl|caption|instruction)$/i;
const AUTHORED = /Primitive|External|CPackInput|String|Text/i;
const VALUE = /^(value|default_value|string|text)$/i;

/**
 * Whether it is a prompt that people would set first.
 * @param {Field} field
 */
export function isPrompt({ input, classType, saved, role, title }) {
	if (typeof saved !== 'string' || role === 'negative') return false;
	if (/negative/i.test(`${input} ${title}`) || /^n_/.test(input)) return false;
	if (/^(Show|Preview|Display|Save)/.test(classType)) return false;
	return PROMPT.test(input) || (AUTHORED.test(classType) && VALUE.test(input) && /\s/.test(saved));
}

/** @param {Field} field */
export function isSeedField({ input, saved }) {
	return /(^|[ _])seed$/i.test(input) && typeof saved !== 'string';
}

const LEFTOVER =
	/^(upload|choose file to upload|control_after_generate|control_before_generate|rgthree_comparer|video-?preview|Update inputs|PowerLoraLoaderHeaderWidget|➕ .*|audioUI|.*_ui)$/i;

/**
 * Whether only ComfyUI's editor knows it.
 * @param {Field} field @param {Record<string, any> | undefined} raw the class in object_info
 */
export function isLeftover({ input, classType }, raw) {
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
export function wrongKind({ input, classType, saved, spec }, raw) {
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
