import type { Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { setNote, setRefusal } from './note.mts';
import { fixedDeployment, isFixed, valueOf } from './openDialog.mts';
import { t } from './texts.mts';

/** Prepares the button that compares overrides given as JSON with the chosen deployment. */
export function prepareCheck(): void {
	const button = $('#runcomfy-check');
	const note = $('<div>').insertAfter(button);
	const fields = ['overrides', 'deploymentId', 'workflow'].flatMap((name) => [name, `${name}Type`]);

	const check = async () => {
		setNote(note, 'busy', t('check.busy'));
		const workflow = valueOf('workflow');
		const given = {
			...chosenAccount(),
			deployment: fixedDeployment(),
			overrides: valueOf('overrides'),
			hasExtraData: valueOf('extraData') !== '',
			...(workflow === '' ? {} : { workflow }),
		};
		try {
			const { findings, warnings } = await ask('check', given, 'POST');
			const problems = findings.map(({ message }) => message);
			if (problems.length > 0) setNote(note, 'error', problems.join('; '));
			else if (warnings.length > 0) setNote(note, 'warning', warnings.join('; '));
			else setNote(note, 'good', t('check.good'));
		} catch (refusal) {
			setRefusal(note, refusal as Refusal);
		}
	};

	const show = () => {
		const workflowIsKnown = valueOf('workflow') === '' || isFixed('workflow', 'json');
		button.toggle(
			workflowIsKnown && isFixed('overrides', 'json') && isFixed('deploymentId', 'str'),
		);
		setNote(note, 'plain', '');
	};
	$(fields.map((name) => `#node-input-${name}`).join()).on('change', show);
	button.on('click', () => void check());
	show();
}
