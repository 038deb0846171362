import { ask } from './ask.mts';
import { type ListField, listField } from './listField.mts';
import { t } from './texts.mts';

export function deploymentField(): ListField {
	return listField({
		...{ field: 'deploymentId', texts: 'deployment', icon: 'cubes' },
		async load(account) {
			const { deployments } = await ask('deployments', account);
			return deployments.map(({ id, name, disabled, ambiguous }) => ({
				...{ value: id, name, dimmed: disabled, warns: disabled },
				label: disabled ? `${name} (${t('deployment.off')})` : name,
				detail: ambiguous ? id : '',
				note: disabled ? t('deployment.disabled') : '',
			}));
		},
	});
}
