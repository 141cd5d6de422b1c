import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // V8's write protection of compiled code loses track of its pages at times when threads come and go, and ends the
    // process (jit_page.has_value()); see CONTRIBUTING.md.
    execArgv: ["--no-memory-protection-keys"],
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ["default"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts"],
      reporter: ["text-summary", "html", "lcov"],
    },
  },
});
