// The fields for targets of each kind: searchable lists that also accept an id.
import type { TargetKind } from '../../core/index.ts';
import type { AccountRef, ListedModel, Refusal } from '../contract/dialog.ts';
import {
	askRuntime,
	chosenAccount,
	fieldLabel,
	type LabelledKind,
	setNote,
	setRefusal,
	t,
	type TextKey,
} from './ask.mts';
import { Combobox, type Entry } from './combobox.mts';
import { fieldValue, isVariable, onChange, untilOnPage } from './form.mts';

/** The kind of target that is chosen in the open dialog. A node without the field runs a deployment. */
export function chosenKind(): TargetKind {
	return fieldValue('target') === 'model' ? 'model' : 'deployment';
}

/** How the dialog shows targets of one kind. */
interface Kind {
	icon: string;
	/** Texts for a list that is loaded as a whole; absent if RunComfy searches, because there are too many targets. */
	whole?: Readonly<Record<'empty' | 'unlisted', TextKey>>;
	load(account: AccountRef, typed: string): Promise<Listed[]>;
	/** Loads the chosen entry if the list does not contain it. */
	find?(account: AccountRef, value: string): Promise<Listed>;
}

const KINDS: Readonly<Record<TargetKind, Kind>> = {
	deployment: {
		icon: 'cubes',
		whole: { empty: 'deployment.empty', unlisted: 'deployment.unlisted' },
		async load(account) {
			const { deployments } = await askRuntime('deployments', account);
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
	},
	model: {
		icon: 'magic',
		load: async (account, search) =>
			(await askRuntime('models', { ...account, search })).models.map(modelEntry),
		async find(account, model) {
			const { models } = await askRuntime('models', { ...account, model });
			return modelEntry(models[0] as ListedModel);
		},
	},
};

function modelEntry({ id, name, label, description, price }: ListedModel): Listed {
	const note = price ? t('model.price', { price }) : '';
	return { value: id, name, label, tooltip: [id, description].filter(Boolean).join('\n'), note };
}

/** An entry of the list; the node stores its `value`. */
interface Listed extends Entry {
	/** The text in the field once this entry is chosen. */
	name: string;
	/** The note below the field once this entry is chosen. */
	note?: string;
	warns?: boolean;
}

/** Texts that each kind has in its own words. */
type ListText = 'type' | 'choose' | 'loading' | 'noAccount';

/** Whether the dialog's node runs a target, so that the user chooses its kind. */
function choosesTarget(): boolean {
	return $('#node-input-targetName').length > 0;
}

type State = { refusal: Refusal } | 'loading' | 'none' | 'found';

/** Milliseconds without typing before the list queries RunComfy. */
const PAUSE_MS = 300;

/**
 * A searchable list in a TypedInput. The node stores the chosen id. The field also accepts a typed id, so a list that
 * fails to load never blocks the user or loses a choice.
 */
export class ListField {
	private readonly field: JQuery;
	private readonly note: JQuery;
	/** The visible field, with the name instead of the id, while the TypedInput has our type. */
	private input: JQuery | undefined;
	private combobox: Combobox | undefined;
	private state: State = 'none';
	private list: Listed[] = [];
	/** The account and the search text of the loaded list. */
	private account: string | undefined;
	private searchedFor = '';
	/** The chosen entry, if it was loaded by its id. */
	private found: Listed | undefined;
	/** Sequence number of the latest request, to discard answers that arrive out of order. */
	private turn = 0;

	private readonly listing: Kind;
	/** The name of the field. */
	readonly name: string;

	constructor(private readonly kind: TargetKind & LabelledKind) {
		this.listing = KINDS[kind];
		this.name = `${kind}Id`;
		this.field = $(`#node-input-${this.name}`);
		this.note = $('<div>').insertAfter(this.field);
	}

	/** The TypedInput type that shows the list. */
	get type(): object {
		const render = (hidden: JQuery, container: JQuery) => this.render(hidden, container);
		return {
			value: 'str',
			label: this.text('type'),
			icon: `fa fa-${this.listing.icon}`,
			valueLabel(this: { input: JQuery }, container: JQuery) {
				render(this.input, container);
			},
		};
	}

	/** Call this once the TypedInput exists. */
	start(): void {
		if (!choosesTarget()) return this.begin();
		let begun = false;
		onChange('target', () => {
			if (begun || !this.isUsed) return;
			begun = true;
			this.begin();
		});
	}

	private begin(): void {
		$('#node-input-config').on('change', () => this.followAccount());
		this.field.on('change', () => {
			this.show();
			void this.findChosen();
		});
		this.followAccount();
	}

	private followAccount(): void {
		const account = JSON.stringify(chosenAccount() ?? '');
		if (account === this.account) return;
		this.account = account;
		// Entries of another account, or from the account's former address, may not exist here.
		this.list = [];
		this.found = undefined;
		void this.load('');
	}

	/** Restores the whole list after a search. */
	private listAll(): void {
		if (this.searchedFor === '') return;
		this.found = this.chosen;
		this.list = [];
		void this.load('');
	}

	private text(key: ListText): string {
		return t(`${this.kind}.${key}`);
	}

	/** Whether the node runs the target chosen in this field. */
	get isUsed(): boolean {
		return choosesTarget() && fieldValue('target') === this.kind;
	}

	/** Name of the chosen entry; undefined if unknown. */
	get chosenName(): string | undefined {
		return this.isListed ? this.chosen?.name : '';
	}

	private get isListed(): boolean {
		return $(`#node-input-${this.name}Type`).val() === 'str';
	}

	private get id(): string {
		return String(this.field.val() ?? '').trim();
	}

	private get chosen(): Listed | undefined {
		return [...this.list, ...(this.found ? [this.found] : [])].find(
			({ value }) => value === this.id,
		);
	}

	private async load(typed: string): Promise<void> {
		const account = chosenAccount();
		const mine = (this.turn += 1);
		this.searchedFor = typed;
		this.state = account ? 'loading' : 'none';
		this.show();
		if (!account) return;
		const failed = (refusal: Refusal) => ({ refusal });
		const loaded = await this.listing.load(account, typed).catch(failed);
		await untilOnPage(this.field);
		if (mine !== this.turn) return;
		if (Array.isArray(loaded)) this.list = loaded;
		this.state = Array.isArray(loaded) ? 'found' : loaded;
		this.show();
		this.combobox?.redraw();
		await this.findChosen(account);
	}

	/** Loads the chosen entry if the list does not contain it. */
	private async findChosen(account = chosenAccount()): Promise<void> {
		const { id, listing } = this;
		const hasName = this.chosen || id === '' || isVariable(id) || !this.isListed;
		// While the list is loading, wait: it may contain the entry.
		if (hasName || this.state === 'loading' || !account || !listing.find) return;
		const mine = (this.turn += 1);
		const one = await listing.find(account, id).catch((refusal: Refusal) => ({ refusal }));
		await untilOnPage(this.field);
		if (mine !== this.turn) return;
		if ('refusal' in one) this.state = one;
		else [this.found, this.state] = [{ ...one, value: id }, 'found'];
		this.show();
	}

	private show(): void {
		const { id, input, isListed } = this;
		if (input && document.activeElement !== input.get(0)) {
			input.val(this.chosen?.name ?? id).attr('title', id);
		}
		input?.parent().toggleClass('runcomfy-combobox-frame', isListed);
		this.showNote();
	}

	private showNote(): void {
		const { id, note, state, chosen } = this;
		const { whole } = this.listing;
		if (!this.isListed) return setNote(note, 'plain', '');
		if (state === 'loading') return setNote(note, 'busy', this.text('loading'));
		if (state === 'none') return setNote(note, 'plain', this.text('noAccount'));
		if (typeof state === 'object') return setRefusal(note, state.refusal);
		if (this.list.length === 0 && whole) return setNote(note, 'warning', t(whole.empty));
		if (id === '' || /^https?:/.test(id) || isVariable(id)) return setNote(note, 'plain', '');
		if (!chosen) return setNote(note, 'warning', whole ? t(whole.unlisted) : '');
		setNote(note, chosen.warns ? 'warning' : 'plain', chosen.note ?? '');
	}

	/** Draws the field. Node-RED calls this whenever the TypedInput switches to our type. */
	private render(hidden: JQuery, container: JQuery): void {
		const searched = this.listing.whole === undefined;
		const input = $('<input>', {
			type: 'text',
			class: 'runcomfy-combobox',
			placeholder: choosesTarget() ? this.text('choose') : `msg.${this.name}`,
			'aria-label': fieldLabel(this.name),
		}).appendTo(container.addClass('runcomfy-combobox-frame'));
		container.append($('<i>', { class: 'fa fa-caret-down' }));
		this.input = input;
		const set = (id: string) => {
			if (id !== hidden.val()) hidden.val(id).trigger('change');
		};
		this.combobox = new Combobox(input, {
			entries: () => this.list,
			searched,
			opened: () => this.listAll(),
			emptyText: () => this.emptyText(),
			moreText: (n) => t('list.more', { n: String(n) }),
			onPick: ({ value }) => {
				set(value);
				input.val(this.chosen?.name ?? value);
			},
		});
		let timer: ReturnType<typeof setTimeout> | undefined;
		input.on('input', () => {
			clearTimeout(timer);
			if (searched) timer = setTimeout(() => void this.load(String(input.val())), PAUSE_MS);
		});
		input.on('change', () => {
			// The user may type a name or an id. If several entries have that name, the chosen one stays.
			const typed = String(input.val()).trim();
			const named = this.list.filter(({ name }) => name.toLowerCase() === typed.toLowerCase());
			if (named.some(({ value }) => value === hidden.val())) return;
			set(named[0]?.value ?? typed);
		});
		input.on('focus', () => {
			if (input.val() !== '') input.trigger('select');
		});
		input.on('blur', () => {
			clearTimeout(timer);
			setTimeout(() => this.show());
		});
		this.show();
	}

	private emptyText(): string {
		const isLoaded = this.state === 'found' && (!this.listing.whole || this.list.length > 0);
		return isLoaded ? t('list.noMatch') : this.note.text().trim();
	}
}
