/** What Ink alone takes: a table as large as the screen's, a cursor that `j` moves, no data and nothing else. */
import { Box, render, Text, useInput } from 'ink';
import { createElement, useState } from 'react';

const WIDTH = process.stdout.columns;
const HEIGHT = process.stdout.rows - 1;

const Table = () => {
  const [at, setAt] = useState(0);
  useInput((input) => {
    if (input === 'j') setAt((before) => (before + 1) % HEIGHT);
  });
  const rows = Array.from({ length: HEIGHT }, (_, i) =>
    createElement(
      Text,
      { key: i, wrap: 'truncate', inverse: i === at },
      `${i === at ? '>' : ' '} job${i}.0 RUNNING node-${i} nginx:1.27`.padEnd(WIDTH),
    ),
  );
  return createElement(Box, { flexDirection: 'column' }, ...rows);
};

render(createElement(Table), { alternateScreen: true, incrementalRendering: true, maxFps: 60 });
