import { registerSubmit } from '../../runtime/runs/nodes';

export = registerSubmit;
