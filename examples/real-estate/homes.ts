/** A home that is for sale. */
export interface Home {
  readonly id: string;
  readonly property_type: string;
  readonly location: string;
  readonly bedrooms: number;
  readonly bathrooms: number;
  /** In square metres. */
  readonly area: number;
  readonly price: number;
  readonly currency: "EGP";
}

/** What the agency offers. A real one would ask its database. */
export const homes: readonly Home[] = [
  home("NC-101", "apartment in New Cairo", { bedrooms: 3, bathrooms: 2, area: 150, price: 2_900_000 }),
  home("NC-102", "apartment in New Cairo", { bedrooms: 3, bathrooms: 2, area: 165, price: 3_400_000 }),
  home("NC-103", "apartment in New Cairo", { bedrooms: 2, bathrooms: 1, area: 105, price: 1_950_000 }),
  home("NC-201", "villa in New Cairo", { bedrooms: 5, bathrooms: 4, area: 380, price: 12_500_000 }),
  home("NC-104", "duplex in New Cairo", { bedrooms: 4, bathrooms: 3, area: 240, price: 5_600_000 }),
  home("MA-101", "apartment in Maadi", { bedrooms: 3, bathrooms: 1, area: 140, price: 2_700_000 }),
  home("MA-102", "apartment in Maadi", { bedrooms: 3, bathrooms: 2, area: 175, price: 3_900_000 }),
  home("MA-103", "studio in Maadi", { bedrooms: 0, bathrooms: 1, area: 48, price: 1_100_000 }),
  home("SZ-201", "villa in Sheikh Zayed", { bedrooms: 4, bathrooms: 3, area: 320, price: 9_800_000 }),
  home("SZ-202", "townhouse in Sheikh Zayed", { bedrooms: 3, bathrooms: 3, area: 210, price: 6_200_000 }),
  home("ZA-101", "apartment in Zamalek", { bedrooms: 2, bathrooms: 2, area: 130, price: 4_800_000 }),
];

function home(id: string, what: string, figures: Pick<Home, "bedrooms" | "bathrooms" | "area" | "price">): Home {
  const [property_type = "", location = ""] = what.split(" in ");
  return { id, property_type, location, ...figures, currency: "EGP" };
}
