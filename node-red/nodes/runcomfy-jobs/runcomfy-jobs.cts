import { registerJobs } from './api.cjs';

export = registerJobs;
