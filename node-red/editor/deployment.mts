import type { ListedDeployment } from '../../core/index.ts';
import type { Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { combobox, type Entry } from './combobox.mts';
import { setNote, setRefusal, t } from './texts.mts';

type Known = { list: ListedDeployment[] } | { refusal: Refusal } | 'loading' | 'none';

export interface DeploymentField {
	/** The type of TypedInput that lists the account's deployments. */
	type: object;
	/** To be called once the TypedInput is there. */
	start: () => void;
}

/**
 * The deployments of the chosen account as a searchable list; what is kept is the id. The field goes
 * on taking an id as text, so that no failure to load the list costs what was chosen.
 */
export function deploymentField(): DeploymentField {
	const field = $('#node-input-deploymentId');
	const note = $('<div>').insertAfter(field);
	let known: Known = 'none';
	let input: JQuery | undefined;

	const list = () => (typeof known === 'object' && 'list' in known ? known.list : []);
	const isListed = () => $('#node-input-deploymentIdType').val() === 'str';

	const show = () => {
		const id = String(field.val() ?? '').trim();
		const chosen = list().find((one) => one.id === id);
		if (input && document.activeElement !== input.get(0)) {
			input.val(chosen?.name ?? id).attr('title', id);
		}
		refresh.toggle(isListed());
		input?.parent().toggleClass('runcomfy-combobox-frame', isListed());
		if (!isListed()) return setNote(note, 'plain', '');
		if (known === 'loading') return setNote(note, 'busy', t('deployment.loading'));
		if (known === 'none') return setNote(note, 'plain', t('deployment.noAccount'));
		if ('refusal' in known) return setRefusal(note, known.refusal);
		if (known.list.length === 0) return setNote(note, 'warning', t('deployment.empty'));
		if (id === '' || /^https?:|^\$\{/.test(id)) return setNote(note, 'plain', '');
		if (!chosen) return setNote(note, 'warning', t('deployment.unlisted'));
		return setNote(note, 'warning', chosen.disabled ? t('deployment.disabled') : '');
	};

	let turn = 0;
	const loadList = async () => {
		const account = chosenAccount();
		const mine = (turn += 1);
		known = account ? 'loading' : 'none';
		show();
		if (!account) return;
		const found: Known = await ask('deployments', account).then(
			({ deployments }) => ({ list: deployments }),
			(refusal: Refusal) => ({ refusal }),
		);
		if (mine !== turn) return;
		known = found;
		show();
	};

	const entries = (): Entry[] =>
		list().map(({ id, name, disabled, ambiguous }) => ({
			value: id,
			label: disabled ? `${name} (${t('deployment.off')})` : name,
			detail: ambiguous ? id : '',
			dimmed: disabled,
		}));

	const render = (hidden: JQuery, container: JQuery) => {
		const set = (id: string) => {
			if (id !== hidden.val()) hidden.val(id).trigger('change');
		};
		input = $('<input>', {
			type: 'text',
			class: 'runcomfy-combobox',
			placeholder: 'msg.deploymentId',
			'aria-label': t('label.deploymentId'),
		}).appendTo(container.addClass('runcomfy-combobox-frame'));
		container.append($('<i>', { class: 'fa fa-caret-down' }));
		const own = input;
		combobox({
			input: own,
			entries,
			emptyText: () => (list().length > 0 ? t('list.noMatch') : note.text().trim()),
			moreText: (n) => t('list.more', { n: String(n) }),
			onPick: ({ value }) => {
				set(value);
				own.val(list().find(({ id }) => id === value)?.name ?? value);
			},
		});
		own.on('change', () => {
			// Typed: the name of one, or else an id. Of several with one name the chosen one stays.
			const text = String(own.val()).trim();
			const named = list().filter(({ name }) => name.toLowerCase() === text.toLowerCase());
			if (named.some(({ id }) => id === hidden.val())) return;
			set(named[0]?.id ?? text);
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
		title: t('deployment.refresh'),
		'aria-label': t('deployment.refresh'),
	})
		.append($('<i>', { class: 'fa fa-refresh' }))
		.on('click', () => void loadList())
		.insertAfter(field);

	return {
		type: {
			value: 'str',
			label: t('deployment.type'),
			icon: 'fa fa-cubes',
			valueLabel(this: { input: JQuery }, container: JQuery) {
				render(this.input, container);
			},
		},
		start() {
			$('#node-input-config').on('change', () => void loadList());
			field.on('change', show);
			void loadList();
		},
	};
}
