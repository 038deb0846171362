import { isVariable } from './values.mts';

/** What stands in a field of the open dialog. */
export function valueOf(name: string): string {
	return String($(`#node-input-${name}`).val() ?? '').trim();
}

/** Whether a field holds a literal of a type, and no variable: then its value is known before the node runs. */
export function isFixed(name: string, type: 'str' | 'json'): boolean {
	return valueOf(`${name}Type`) === type && !isVariable(valueOf(name));
}

/** The id of the deployment, or its address; empty where it is known only when the node runs. */
export function fixedDeployment(): string {
	return isFixed('deploymentId', 'str') ? valueOf('deploymentId') : '';
}
