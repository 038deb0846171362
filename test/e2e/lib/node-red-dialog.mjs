// The dialogs of our nodes, as a user sees and fills them in.
import { until } from '../../../scripts/process.mjs';

const FORM = '.runcomfy-form:visible';

/**
 * @param {Awaited<ReturnType<typeof import('./node-red.mjs').openEditor>>} editor
 */
export function dialogOf({ page, edit }) {
	const list = '.runcomfy-list:visible';
	const rowAt = (index) => page.locator('.runcomfy-row').nth(index);
	const comboboxOf = (field) =>
		page.locator(`.form-row:has(#node-input-${field}) .runcomfy-combobox`);
	const textOf = async (selector) => ((await page.textContent(selector)) ?? '').trim();
	const inputOf = (row) => row.locator('.runcomfy-combobox-frame .runcomfy-combobox');
	const addEmptyRow = async () => {
		const index = await page.locator('.runcomfy-row').count();
		await page.click('.form-row:has(#runcomfy-rows) .red-ui-editableList-addButton >> nth=0');
		return rowAt(index);
	};

	/** Types into a searchable list and picks the first entry with the text. */
	async function choose(field, typed, entry = typed) {
		await field.click();
		await field.fill(typed);
		await page.locator(`${list} [role=option]`).filter({ hasText: entry }).first().click();
	}

	async function leave(button) {
		const buttons = `#node-dialog-${button}:visible, #node-config-dialog-${button}:visible`;
		const shown = await page.locator(buttons).last().elementHandle();
		await shown.click();
		await until('the dialog is closed', () => shown.isHidden());
	}

	return {
		edit,
		choose,
		deployment: () => comboboxOf('deploymentId'),
		model: () => comboboxOf('modelId'),
		/** The note below a field. */
		noteBelow: (field) => textOf(`.form-row:has(#node-input-${field}) .runcomfy-note`),
		/** The note below all rows. */
		rowsNote: () => textOf('.form-row:has(#runcomfy-rows) > .runcomfy-note'),
		/** The entries of the open list. */
		options: () => page.locator(`${list} [role=option] > span`).allTextContents(),
		/** What the open list says below its entries, or instead of them. */
		listRemark: () => textOf(`${list} .runcomfy-list-remark`),
		rowAt,
		inputOf,
		addEmptyRow,
		/** Adds a row and chooses its input. */
		async addRow(typed, entry = typed) {
			const row = await addEmptyRow();
			await choose(inputOf(row), typed, entry);
			return row;
		},
		removeRow: (row) => row.locator('xpath=..').locator('.red-ui-editableList-item-remove').click(),
		/** Types a value into the field of a row, as text, number or JSON. */
		async setValue(row, value) {
			await row.locator('.red-ui-typedInput-input-wrap input').fill(value);
			await row.locator('.red-ui-typedInput-input-wrap input').blur();
		},
		/** Fills a TypedInput of the node directly, which is awkward by hand. */
		setTyped: (name, type, value) =>
			page.evaluate(
				([selector, newType, newValue]) => {
					const { $ } = /** @type {any} */ (globalThis);
					$(selector).typedInput('type', newType);
					$(selector).typedInput('value', newValue);
				},
				[`#node-input-${name}`, type, value],
			),
		/** Chooses another type for the TypedInput of a row, by its label. */
		async setType(row, label) {
			await row.locator('.red-ui-typedInput-type-select').click();
			await page.locator('.red-ui-typedInput-options:visible a').filter({ hasText: label }).click();
		},
		typeOf: (row) =>
			row.evaluate((element) => {
				const { $ } = /** @type {any} */ (globalThis);
				const inputs = $(element).find('.runcomfy-row-value input').toArray();
				const typed = inputs.find((input) => $(input).data('nodered-typedInput'));
				return $(typed).typedInput('type');
			}),
		valueHasFocus: (row) =>
			row.locator('.runcomfy-row-value').evaluate((value) => value.matches(':focus-within')),
		noteOf: async (row) => ((await row.locator('.runcomfy-note').textContent()) ?? '').trim(),
		/** Opens the chosen account above the dialog. */
		async editAccount() {
			await page.click('#node-input-btn-config-edit');
			await page.waitForSelector('#node-config-dialog-ok');
			await page.waitForTimeout(500);
		},
		done: () => leave('ok'),
		cancel: () => leave('cancel'),
		/** Whether the list of rows still starts with its first row after loading. */
		firstRowIsInView: () =>
			page
				.locator('.red-ui-editableList-container:has(#runcomfy-rows)')
				.evaluate(({ scrollTop }) => scrollTop === 0),
		/** Keys of texts that are missing from a catalogue. */
		untranslated: () =>
			page
				.locator(FORM)
				.evaluateAll((forms) =>
					forms.flatMap((form) => form.textContent.match(/runcomfy(?:-\w+)?\.\w[\w.]*/g) ?? []),
				),
		/** Texts with a contrast below 3 to 1, which WCAG requires of large texts. */
		tooPale: (selector = FORM) => page.locator(selector).evaluateAll(findPale),
		/** Rows that extend beyond the right edge of the dialog. */
		cutOff: () =>
			page.locator(`${FORM} .form-row:visible`).evaluateAll((rows) =>
				rows
					.filter((row) => {
						const tray = row.closest('.red-ui-tray')?.getBoundingClientRect();
						const fields = [row, ...row.querySelectorAll('input, select, button')];
						return fields.some((field) => field.getBoundingClientRect().right > (tray?.right ?? 0));
					})
					.map((row) => row.textContent.trim().replace(/\s+/g, ' ')),
			),
		/** Labels in all sections that need more than one line. */
		brokenLabels: () =>
			page.locator(`${FORM} label`).evaluateAll((labels) => {
				for (const fold of globalThis.document.querySelectorAll('details')) fold.open = true;
				return labels
					.filter((label) => {
						const text = label.querySelector('span');
						return text && text.getClientRects().length > 1;
					})
					.map((label) => label.textContent.trim());
			}),
		/** The collapsible sections: their headings, and whether each is open. */
		folds: () =>
			page.locator(`${FORM} .runcomfy-fold:visible`).evaluateAll((folds) =>
				folds.map((fold) => ({
					title: fold.querySelector('h4').textContent.trim(),
					open: fold.open,
				})),
			),
		/** The heading of a collapsible section. */
		fold: (title) => page.locator(`${FORM} summary:has(h4:text-is("${title}"))`),
		/** Placeholders that are longer than their field. */
		cutExamples: () =>
			page.locator(`${FORM} input[placeholder]:visible`).evaluateAll((inputs) =>
				inputs
					.filter((input) => {
						const { font, paddingLeft, paddingRight } = globalThis.getComputedStyle(input);
						const pen = globalThis.document.createElement('canvas').getContext('2d');
						pen.font = font;
						const room = input.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
						return pen.measureText(input.placeholder).width > room;
					})
					.map((input) => input.placeholder),
			),
		/** Elements that extend beyond their row. */
		tooWide: (selector = `${FORM} .form-row:visible`) =>
			page
				.locator(selector)
				.evaluateAll((rows) =>
					rows
						.filter((row) => row.scrollWidth > row.clientWidth + 1)
						.map((row) => row.textContent.trim().replace(/\s+/g, ' ')),
				),
	};
}

/* Runs in the page. */
function findPale(parts) {
	const { getComputedStyle } = globalThis;
	const read = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
	const over = ([r, g, b, a = 1], under) =>
		[r, g, b].map((value, at) => value * a + under[at] * (1 - a));
	const behind = (element) => {
		if (!element) return [255, 255, 255];
		const colour = read(getComputedStyle(element).backgroundColor);
		const opaque = (colour[3] ?? 1) === 1;
		return opaque ? colour.slice(0, 3) : over(colour, behind(element.parentElement));
	};
	const light = (colour) => {
		const [r, g, b] = colour.map((value) => {
			const share = value / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const isText = (element) =>
		element.checkVisibility() &&
		[...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
	const texts = parts.flatMap((part) => [...part.querySelectorAll('*')].filter(isText));
	return texts.flatMap((element) => {
		const ground = behind(element);
		const ink = over(read(getComputedStyle(element).color), ground);
		const [lighter, darker] = [light(ground), light(ink)].sort((a, b) => b - a);
		const contrast = (lighter + 0.05) / (darker + 0.05);
		return contrast < 3 ? [`${element.textContent.trim()}: ${contrast.toFixed(1)}`] : [];
	});
}
