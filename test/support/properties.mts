// fast-check, with the same data in every run of `npm test`, so that a result changes only with the code.
// PROPERTY_SEED gives other data, and the nightly run sets it.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_126) | 0 });

export default fc;
