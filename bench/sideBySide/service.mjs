// What every way of waiting asks.
export const TOKEN = 'simulator-token';
/** Of the simulator's text-to-image. */
export const DEPLOYMENT_ID = 'de910e00-0000-4000-8000-000000000001';
