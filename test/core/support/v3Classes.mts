// ComfyUI's classes in V3 form, as the core reads them.
import { type ObjectInfo, readNodeClass } from '../../../core/parsers';
import { V3_INFO } from '../../support/v3Classes.mts';

/** ComfyUI's object_info as the core reads it. */
export const readInfo = (raw: Record<string, unknown>): ObjectInfo =>
	Object.fromEntries(
		Object.entries(raw).map(([name, given]) => [name, readNodeClass(given, name)]),
	);

export const V3 = readInfo(V3_INFO);
