import type { Condition } from '../contract/fields.cts';

interface Default {
	value?: unknown;
	validate?: (this: object, value: unknown, opt: object) => unknown;
}

/** The properties that a node of this type has, as its definition says. */
export function defaultsIn({ type }: EditedNode): Record<string, Default> {
	const known = RED.nodes.getType(String(type)) as { defaults?: Record<string, Default> } | null;
	return known?.defaults ?? {};
}

/** Where Node-RED serves the paths of nodes. */
export function nodeRoot(): string {
	const { httpNodeRoot } = RED.settings as { httpNodeRoot?: string };
	return httpNodeRoot ?? '';
}

/** A node as the editor hands it over: its properties. */
export type EditedNode = Record<string, unknown>;

export function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/** An environment variable that Node-RED fills in before a node sees it. */
export function isVariable(text: string): boolean {
	return /^\$\{[^}]+\}$/.test(text);
}

/** What a field of the open dialog holds; of a box `true` or `false`. */
export function valueOf(name: string): string {
	const input = $(`#node-input-${name}`);
	return input.is('[type=checkbox]') ? String(input.prop('checked')) : textOf(input.val()).trim();
}

/** Calls back on every change of a field that is there, and once now. */
export function onChange(name: string, listener: (value: string) => void): void {
	$(`#node-input-${name}`)
		.on('change', () => listener(valueOf(name)))
		.trigger('change');
}

/** Whether a condition holds, by what the field that it names says. */
export function holds({ is, not }: Condition, text: string): boolean {
	if (is) return is.includes(text);
	if (not) return !not.includes(text);
	return text !== '' && text !== 'false';
}

/**
 * Names the parts of a TypedInput after their field, for those who hear the dialog: Node-RED's label
 * belongs to the input that it hides, and its buttons tell only what is chosen.
 */
export function nameParts(field: JQuery, name: string): void {
	const parts = field.nextAll('.red-ui-typedInput-container').first();
	const show = () => {
		parts.find('.red-ui-typedInput-input').attr('aria-label', name);
		for (const element of parts.children('button').toArray()) {
			const button = $(element);
			const chosen = button.text().trim() || button.attr('title') || RED._('editor.configEdit');
			button.attr('aria-label', `${name}: ${chosen}`);
		}
	};
	// A change of the type is one, too.
	field.on('change', show);
	show();
}

/** Keeps the icons before a name, letters of a font of their own, from being read out with it. */
export function hideIcons(): void {
	$('.runcomfy-form .fa').attr('aria-hidden', 'true');
}
