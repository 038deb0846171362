// fast-check, with the same data at every run of `npm test`, so that it stays as it was where nothing has
// changed. Other data: PROPERTY_SEED, as the nightly run has it.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_126) | 0 });

export default fc;
