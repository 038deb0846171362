/** True, or the catalogue key of what is wrong. */
export type Verdict = true | string;

/** An environment variable that Node-RED fills in before a node sees it. */
export function isVariable(text: string): boolean {
	return /^\$\{[^}]+\}$/.test(text);
}

export function checkId(value: string, type: string): Verdict {
	if (type !== 'str' || /^https?:\/\/\S+$/.test(value.trim())) return true;
	return /^[^\s/\\?#%]+$/.test(value.trim()) || 'id';
}

export function checkUrl(value: string, type: string): Verdict {
	return type !== 'str' || /^https?:\/\/[^\s/]+/.test(value.trim()) || 'url';
}

export function checkNumber(value: string, type: string): Verdict {
	return type !== 'num' || Number(value) >= 0 || 'number';
}
