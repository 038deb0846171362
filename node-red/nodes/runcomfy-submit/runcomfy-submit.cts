import { registerSubmit } from '../../runtime/runs/nodes.cjs';

export = registerSubmit;
