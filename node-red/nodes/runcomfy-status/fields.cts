import { commonFields, REQUEST } from '../../contract/sharedFields.cjs';
import { versionOf } from '../../runtime/node/migrate.cjs';

export const FIELDS = { ...commonFields(versionOf('runcomfy-status')), ...REQUEST };
