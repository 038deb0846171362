// The fields for a deployment and for a hosted model: lists to choose from, which also take an id.
import type { AccountRef, ListedModel, Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { combobox, type Entry } from './combobox.mts';
import { onChange, valueOf } from './form.mts';
import { isDirect } from './row.mts';
import { setNote, setRefusal, t } from './texts.mts';

export function deploymentField(): ListField {
	return listField({
		field: 'deploymentId',
		texts: 'deployment',
		icon: 'cubes',
		async load(account) {
			const { deployments } = await ask('deployments', account);
			return deployments.map(({ id, name, disabled, ambiguous }) => ({
				value: id,
				name,
				dimmed: disabled,
				warns: disabled,
				label: disabled ? `${name} (${t('deployment.off')})` : name,
				detail: ambiguous ? id : '',
				note: disabled ? t('deployment.disabled') : '',
			}));
		},
	});
}

/** The models that RunComfy hosts: thousands, so that it is asked for what is typed. */
export function modelField(): ListField {
	const field = listField({
		field: 'modelId',
		texts: 'model',
		icon: 'magic',
		searched: true,
		load: async (account, search) =>
			(await ask('models', { ...account, search })).models.map(listed),
		async find(account, model) {
			const { models } = await ask('models', { ...account, model });
			return listed(models[0] as ListedModel);
		},
	});
	let started = false;
	const nameJson = () => {
		const direct = isDirect(valueOf('target'), valueOf('inputMode'));
		const label = direct ? 'model.json' : 'label.overrides';
		rename($('label[for=node-input-overrides] span'), t(label));
	};
	return {
		...field,
		start() {
			onChange('inputMode', nameJson);
			onChange('target', (target) => {
				followTarget(target);
				nameJson();
				if (started || target !== 'model') return;
				started = true;
				field.start();
			});
		},
	};
}

function listed({ id, name, label, description, price }: ListedModel): Listed {
	const note = price ? t('model.price', { price }) : '';
	return { value: id, name, label, tooltip: [id, description].filter(Boolean).join('\n'), note };
}

/** What the fields of a model's inputs are called: it has no workflow, and nothing to override. */
function followTarget(target: string): void {
	const of = target === 'model' ? 'model' : 'inputMode';
	const mode = $('#node-input-inputMode');
	for (const name of ['rows', 'json']) {
		rename(mode.children(`[value=${name}]`), t(`${of}.${name}`));
	}
	// A model's inputs have names alone as it is.
	mode.children('[value=direct]').prop('hidden', target === 'model');
	if (target === 'model' && valueOf('inputMode') === 'direct') mode.val('rows').trigger('change');
}

/** Node-RED translates a dialog once more after it was prepared. */
function rename(element: JQuery, text: string): void {
	element.removeAttr('data-i18n').text(text);
}

/** One that can be chosen; its `value` is what is kept. */
interface Listed extends Entry {
	/** What the closed field shows of it. */
	name: string;
	/** What there is to know of it once it is chosen. */
	note?: string;
	warns?: boolean;
}

interface Listing {
	/** The name of the field, and that of its texts in the catalogue. */
	field: string;
	texts: string;
	icon: string;
	/** Whether RunComfy is asked again for what is typed. */
	searched?: boolean;
	load(account: AccountRef, typed: string): Promise<Listed[]>;
	/** Asks for the one that is chosen, if the list need not have it. */
	find?(account: AccountRef, value: string): Promise<Listed>;
}

export type ListField = ReturnType<typeof listField>;

type State = { refusal: Refusal } | 'loading' | 'none' | 'found';

/** Milliseconds without a key, after which what is typed is looked for. */
const PAUSE_MS = 300;

/**
 * What there is to choose from as a searchable list; what is kept is the id. The field goes on taking an id
 * as text, so that no failure to load the list costs what was chosen.
 */
function listField(listing: Listing) {
	const { field: name, texts, icon, searched = false } = listing;
	const text = (key: string) => t(`${texts}.${key}`);
	const field = $(`#node-input-${name}`);
	const note = $('<div>').insertAfter(field);
	let state: State = 'none';
	let list: Listed[] = [];
	/** Found by its id, besides the list. */
	let found: Listed | undefined;
	let input: JQuery | undefined;
	let redraw = () => undefined as void;

	const isListed = () => $(`#node-input-${name}Type`).val() === 'str';
	const chosenOne = () => {
		const id = String(field.val() ?? '').trim();
		return { id, chosen: [...list, ...(found ? [found] : [])].find(({ value }) => value === id) };
	};

	const show = () => {
		const { id, chosen } = chosenOne();
		if (input && document.activeElement !== input.get(0)) {
			input.val(chosen?.name ?? id).attr('title', id);
		}
		refresh.toggle(isListed());
		input?.parent().toggleClass('runcomfy-combobox-frame', isListed());
		if (!isListed()) return setNote(note, 'plain', '');
		if (state === 'loading') return setNote(note, 'busy', text('loading'));
		if (state === 'none') return setNote(note, 'plain', text('noAccount'));
		if (typeof state === 'object') return setRefusal(note, state.refusal);
		if (list.length === 0 && !searched) return setNote(note, 'warning', text('empty'));
		if (id === '' || /^https?:|^\$\{/.test(id)) return setNote(note, 'plain', '');
		if (!chosen) return setNote(note, 'warning', searched ? '' : text('unlisted'));
		return setNote(note, chosen.warns ? 'warning' : 'plain', chosen.note ?? '');
	};

	let turn = 0;
	const ask = async (typed: string) => {
		const account = chosenAccount();
		const mine = (turn += 1);
		state = account ? 'loading' : 'none';
		show();
		if (!account) return;
		const failed = (refusal: Refusal) => ({ refusal });
		const loaded = await listing.load(account, typed).catch(failed);
		if (mine !== turn) return;
		if (Array.isArray(loaded)) list = loaded;
		state = Array.isArray(loaded) ? 'found' : loaded;
		show();
		redraw();
		await findChosen(account);
	};

	const findChosen = async (account = chosenAccount()) => {
		const { id, chosen } = chosenOne();
		const known = chosen || id === '' || /^\$\{/.test(id) || !isListed();
		if (known || !account || !listing.find) return;
		const mine = (turn += 1);
		const one = await listing.find(account, id).catch((refusal: Refusal) => ({ refusal }));
		if (mine !== turn) return;
		if ('refusal' in one) state = one;
		else [found, state] = [{ ...one, value: id }, 'found'];
		show();
	};

	const render = (hidden: JQuery, container: JQuery) => {
		const set = (id: string) => {
			if (id !== hidden.val()) hidden.val(id).trigger('change');
		};
		const own = $('<input>', {
			type: 'text',
			class: 'runcomfy-combobox',
			placeholder: `msg.${name}`,
			'aria-label': t(`label.${name}`),
		}).appendTo(container.addClass('runcomfy-combobox-frame'));
		input = own;
		container.append($('<i>', { class: 'fa fa-caret-down' }));
		let timer: ReturnType<typeof setTimeout> | undefined;
		redraw = combobox({
			input: own,
			entries: () => list,
			searched,
			emptyText: () =>
				state === 'found' && (searched || list.length > 0) ? t('list.noMatch') : note.text().trim(),
			moreText: (n) => t('list.more', { n: String(n) }),
			onPick: ({ value }) => {
				set(value);
				own.val(chosenOne().chosen?.name ?? value);
			},
		}).redraw;
		if (searched) {
			own.on('input', () => {
				clearTimeout(timer);
				timer = setTimeout(() => void ask(String(own.val())), PAUSE_MS);
			});
		}
		own.on('change', () => {
			// Typed: the name of one, or else an id. Of several with one name the chosen one stays.
			const typed = String(own.val()).trim();
			const named = list.filter((one) => one.name.toLowerCase() === typed.toLowerCase());
			if (named.some(({ value }) => value === hidden.val())) return;
			set(named[0]?.value ?? typed);
		});
		own.on('focus', () => {
			if (own.val() !== '') (own.get(0) as HTMLInputElement).select();
		});
		own.on('blur', () => setTimeout(show));
		show();
	};

	const refresh = $('<button>', {
		type: 'button',
		class: 'red-ui-button runcomfy-beside',
		title: text('refresh'),
		'aria-label': text('refresh'),
	})
		.append($('<i>', { class: 'fa fa-refresh' }))
		.on('click', () => void ask(''))
		.insertAfter(field);

	return {
		/** The type of TypedInput that lists what the account has. */
		type: {
			value: 'str',
			label: text('type'),
			icon: `fa fa-${icon}`,
			valueLabel(this: { input: JQuery }, container: JQuery) {
				render(this.input, container);
			},
		},
		/** To be called once the TypedInput is there. */
		start() {
			$('#node-input-config').on('change', () => void ask(''));
			field.on('change', () => {
				show();
				void findChosen();
			});
			void ask('');
		},
	};
}
