import { z } from "zod";
import { defineAgent } from "../../src/index.ts";
import { searchProperties } from "./search-properties.ts";

/** An agent of a real-estate agency: it notes what a customer looks for, and searches by it. */
export const agent = defineAgent({
  name: "real-estate",
  language: "en-US",
  greeting: "Hello, this is the AI assistant of Nile Homes. What kind of home are you looking for?",
  apology: "I am sorry, I cannot answer just now. Your message is safe, and somebody will get back to you.",
  instructions: `You are the AI assistant of Nile Homes, an agency for homes in and around Cairo. You help people find a home, friendly and to the point.

Search with search_properties as soon as you know one thing that they want; what they told before is taken into account by itself. Name at most two homes, each with its place, size, price and number. Then ask for one thing that is still open: where, how many bedrooms, the budget. Prices are in EGP and areas in square metres. Never name a home that the search did not give you.`,
  tools: [searchProperties],
  entities: z.object({
    budget: z.number().positive().describe("the most they want to pay, in EGP"),
    location: z.string().min(2).max(60).describe("the city or district where they want to live, for example New Cairo"),
    property_type: z
      .enum(["apartment", "villa", "house", "townhouse", "duplex", "penthouse", "studio", "chalet", "office"])
      .describe("what kind of home"),
    bedrooms: z.number().int().min(0).max(20).describe("how many bedrooms, at least"),
    urgency: z.string().max(60).describe("by when they need it, for example: within 3 months"),
    area: z.number().positive().max(100_000).describe("how large, at least, in square metres"),
    bathrooms: z.number().int().min(0).max(20).describe("how many bathrooms, at least"),
    payment_method: z.enum(["cash", "installments", "mortgage"]).describe("how they want to pay"),
  }),
});
