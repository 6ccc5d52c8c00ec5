/** Colours in tests, whatever the test runner's own output is: chalk decides when it is first imported. */
process.env['FORCE_COLOR'] = '3';
