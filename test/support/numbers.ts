/** The number of the business in every test. */
export const BUSINESS = "+14155550199";
/** A customer of the demo shop. */
export const JOHN = "+14155550100";
