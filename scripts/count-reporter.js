const { writeFileSync } = require('node:fs');

/** A reporter for Jest. Writes the counts after each test file, so that they exist when a run is ended by its limit. */
module.exports = class CountReporter {
  onTestResult(_test, _result, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const counts = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites };
    writeFileSync(process.env.JEST_COUNTS, JSON.stringify(counts));
  }
};
