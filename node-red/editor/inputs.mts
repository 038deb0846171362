import type { Answers, DialogInput, DialogPartner, Refusal } from '../contract/dialog.ts';
import { askRuntime, chosenAccount, setNote, t } from './ask.mts';
import { fieldValue, isVariable, untilOnPage } from './form.mts';
import { chosenKind } from './targets.mts';

/** What the dialog knows about the target's inputs. */
export type KnownInputs =
	| {
			state: 'found';
			inputs: DialogInput[];
			partner?: DialogPartner | undefined;
			/** The target is a LoRA deployment, which has no list of inputs. */
			lora?: Answers['inputs']['lora'];
			/** The target has more inputs than the list shows. */
			partial?: true | undefined;
			/** The inputs are those of the workflow in its own field. */
			ofField: boolean;
	  }
	| { state: 'failed'; refusal: Refusal }
	| { state: 'loading' }
	/** No target is chosen yet, or the target or the workflow is known only at run time. */
	| { state: 'unchosen' | 'dynamic' };

/** The fields that decide which inputs there are. */
const DECIDING = [
	'target',
	...['deploymentId', 'modelId', 'workflow'].flatMap((name) => [name, `${name}Type`]),
];

function onAnyChange(names: readonly string[], listener: () => void): void {
	$(names.map((name) => `#node-input-${name}`).join()).on('change', listener);
}

/**
 * Loads the inputs of the target: from workflow JSON in its own field, or else from the chosen deployment or model.
 * Reloads when the fields of the dialog change, and notifies its listeners.
 */
export class InputSource {
	known: KnownInputs = { state: 'unchosen' };
	private asked = '';
	/** Sequence number of the latest request, to discard answers that arrive out of order. */
	private turn = 0;
	private readonly anchor = $('#node-input-inputMode');

	constructor(private readonly changed: () => void) {
		onAnyChange(['config', ...DECIDING], () => void this.load());
	}

	/** Call this once the listener is ready. */
	async load(): Promise<void> {
		const question = questionOf();
		const key = JSON.stringify([chosenKind(), question]);
		if (key === this.asked) return;
		this.asked = key;
		const mine = (this.turn += 1);
		const tell = (known: KnownInputs) => {
			if (mine !== this.turn) return;
			this.known = known;
			this.changed();
		};
		if (!('params' in question)) return tell(question);
		tell({ state: 'loading' });
		const { ofField } = question;
		const answer = await question.run().then(
			(found) => ({ state: 'found' as const, ...found, ofField }),
			(refusal: Refusal) => ({ state: 'failed' as const, refusal }),
		);
		await untilOnPage(this.anchor);
		tell(answer);
	}
}

interface Question {
	params: object;
	ofField: boolean;
	run: () => Promise<Answers['inputs']>;
}

function questionOf(): Question | KnownInputs {
	const account = chosenAccount();
	const kind = chosenKind();
	const id = `${kind}Id`;
	const isChosen = isFixed(id, 'str');
	const target = isChosen ? fieldValue(id) : '';
	const workflow = workflowToRun();
	if (workflow !== '') {
		if (!isFixed('workflow', 'json')) return { state: 'dynamic' };
		const params = { ...account, [kind]: target, workflow };
		return { params, ofField: true, run: () => askRuntime('inputs', params) };
	}
	if (!isChosen) return { state: 'dynamic' };
	if (!account || target === '') return { state: 'unchosen' };
	const params = { ...account, [kind]: target };
	return { params, ofField: false, run: () => askRuntime('inputs', params) };
}

/** The workflow to run instead of the deployment's; empty if there is none. */
function workflowToRun(): string {
	return chosenKind() === 'model' ? '' : fieldValue('workflow');
}

/** Maintains the note below the mode: which partner nodes the workflow contains, and whether the account has a key. */
export function partnerNote(): (known: KnownInputs) => void {
	const note = $('<div>').insertAfter('#node-input-inputMode');
	setNote(note, 'plain', '');
	return (known) => {
		const partner = known.state === 'found' ? known.partner : undefined;
		if (!partner) return setNote(note, 'plain', '');
		const text = t('partner.nodes', { names: partner.nodes.join(', ') });
		if (partner.keyed === false) return setNote(note, 'warning', `${text} ${t('partner.noKey')}`);
		setNote(note, 'plain', text);
	};
}

/** Whether a field holds a literal of this type without a variable, so that its value is known before the node runs. */
function isFixed(name: string, type: 'str' | 'json'): boolean {
	return fieldValue(`${name}Type`) === type && !isVariable(fieldValue(name));
}
