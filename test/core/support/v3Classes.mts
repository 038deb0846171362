// What the core makes of object_info.
import type { NodeClass, ObjectInfo } from '../../../core/index';
import { readClass } from '../../../core/parsers';
import { V3_INFO } from '../../support/v3Classes.mts';

/** ComfyUI's object_info as the core reads it. */
export const readInfo = (raw: Record<string, unknown>): ObjectInfo =>
	Object.fromEntries(Object.keys(raw).map((name) => [name, readClass(raw, name) as NodeClass]));

export const V3 = readInfo(V3_INFO);
