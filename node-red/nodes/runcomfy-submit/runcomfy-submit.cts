import { registerSubmit } from '../../runtime/runs/submit.cjs';

export = registerSubmit;
