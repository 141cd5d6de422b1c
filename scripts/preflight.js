// Says what to do when the Node that runs the scripts is too old. It has to run on the very Node it turns away,
// so it is plain JavaScript without imports and without syntax younger than Node 12.

const wanted = 24;
const running = process.versions.node;

if (Number(running.split(".")[0]) < wanted) {
  console.error(`
Continuo needs Node ${wanted} or newer, and this is Node ${running}.

\`npm ci\` normally brings Node ${wanted} into node_modules. That did not happen here, so one of these is true:

  nothing is installed yet, or it is incomplete:        npm ci
  install scripts were skipped (ignore-scripts):        npm rebuild node --ignore-scripts=false
  dev dependencies were left out (--omit=dev):          install Node ${wanted} on this machine yourself
`);
  process.exit(1);
}
