import type { Condition } from '../contract/fields.ts';

interface Default {
	value?: unknown;
	validate?: (this: object, value: unknown, opt: object) => unknown;
}

/** The properties that a node type defines, by name. */
export function defaultsIn({ type }: EditedNode): Record<string, Default> {
	const definition = RED.nodes.getType(String(type)) as {
		defaults?: Record<string, Default>;
	} | null;
	return definition?.defaults ?? {};
}

/** A node in the editor, with its properties. */
export type EditedNode = Record<string, unknown>;

export function toText(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/**
 * Whether a text is an environment variable such as `${NAME}`, which Node-RED resolves before a node sees the value.
 */
export function isVariable(text: string): boolean {
	return /^\$\{[^}]+\}$/.test(text);
}

/** The value of a field in the open dialog; `true` or `false` for a checkbox. */
export function fieldValue(name: string): string {
	const input = $(`#node-input-${name}`);
	return input.is('[type=checkbox]') ? String(input.prop('checked')) : toText(input.val()).trim();
}

/**
 * Waits until the account's dialog above this one is closed: meanwhile Node-RED detaches this dialog from the page, so
 * selectors by id find nothing. Never resolves if this dialog is closed.
 */
export function untilOnPage(part: JQuery): Promise<void> {
	const isThere = () => part.get(0)?.isConnected === true;
	if (isThere()) return Promise.resolve();
	return new Promise((resolve) => {
		const stop = () => {
			RED.events.off('editor:change', check);
			RED.events.off('editor:close', stop);
		};
		const check = () => {
			if (!isThere()) return;
			stop();
			resolve();
		};
		RED.events.on('editor:change', check);
		RED.events.on('editor:close', stop);
	});
}

/** Calls the listener now and on every change, if the dialog has the field. */
export function onChange(name: string, listener: (value: string) => void): void {
	$(`#node-input-${name}`)
		.on('change', () => listener(fieldValue(name)))
		.trigger('change');
}

/** Whether a condition is met by the value of the field that it names. */
export function holds({ is, not }: Condition, value: string): boolean {
	if (is) return is.includes(value);
	if (not) return !not.includes(value);
	return value !== '' && value !== 'false';
}

/**
 * Labels the parts of a TypedInput for screen readers: Node-RED's label refers to the hidden input, and its buttons
 * announce only the current choice.
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
	// Fires on a change of type, too.
	field.on('change', show);
	show();
}

/** Hides icons from screen readers, which would read them out as letters. */
export function hideIcons(): void {
	$('.runcomfy-form .fa').attr('aria-hidden', 'true');
}
