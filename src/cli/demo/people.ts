/** John Doe of the demo data, in E.164. */
export const demoCustomer = "+14155550100";

/** The number of the business where none is configured. */
export const demoBusiness = "+14155550199";
