import { ask, chosenAccount, type Refusal } from './ask.mts';
import { setNote, setRefusal } from './note.mts';
import { t } from './texts.mts';

/** Prepares the button that compares overrides given as JSON with the chosen deployment. */
export function prepareCheck(): void {
	const button = $('#runcomfy-check');
	const note = $('<div>').insertAfter(button);
	const value = (name: string) => String($(`#node-input-${name}`).val() ?? '').trim();
	const fields = ['overrides', 'overridesType', 'deploymentId', 'deploymentIdType'];

	const check = async () => {
		setNote(note, 'busy', t('check.busy'));
		const workflow = value('workflowType') === 'json' ? value('workflow') : '';
		const given = {
			...chosenAccount(),
			deployment: value('deploymentId'),
			overrides: value('overrides'),
			...(workflow === '' ? {} : { workflow }),
		};
		try {
			const { findings, warnings } = await ask<Checked>('check', given, 'POST');
			const problems = findings.map(({ message }) => message);
			if (problems.length > 0) setNote(note, 'error', problems.join('; '));
			else if (warnings.length > 0) setNote(note, 'warning', warnings.join('; '));
			else setNote(note, 'good', t('check.good'));
		} catch (refusal) {
			setRefusal(note, refusal as Refusal);
		}
	};

	const show = () => {
		const fixed = value('overridesType') === 'json' && value('deploymentIdType') === 'str';
		button.toggle(fixed);
		setNote(note, 'plain', '');
	};
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', show);
	button.on('click', () => void check());
	show();
}

interface Checked {
	findings: Array<{ message: string }>;
	warnings: string[];
}
